//! gradus-judge
