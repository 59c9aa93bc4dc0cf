//! gradus-render
