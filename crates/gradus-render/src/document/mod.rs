//! Blocks of a page in each document format.

pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod latex;
pub(crate) mod lines;
pub(crate) mod markdown;
pub(crate) mod terminal;
