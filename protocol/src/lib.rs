//! Maru's vocabulary: ids, positions, lines, codec, refusals and limits.
