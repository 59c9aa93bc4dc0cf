//! gradus-engine
