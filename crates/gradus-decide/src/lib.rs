//! gradus-decide
