//! gradus-term
