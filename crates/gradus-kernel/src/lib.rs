//! gradus-kernel
