//! gradus-syntax
