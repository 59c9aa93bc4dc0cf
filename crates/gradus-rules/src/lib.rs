//! gradus-rules
