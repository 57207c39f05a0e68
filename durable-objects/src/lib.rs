//! Shells around the pure cores: one file per Durable Object.
