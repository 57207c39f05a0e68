//! Shells around the pure cores: one file per Durable Object.

pub mod api;
