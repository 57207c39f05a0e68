//! The order of a module's functions: those that resemble each other stand together.
//!
//! gzip finds again what it has seen within its window, which holds a thirtieth of our modules; so
//! what travels is a twentieth less, and what runs is the same.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use wasm_encoder::{NameMap, NameSection, Section};
use wasmparser::{Parser, Payload, TypeRef};

/// How far back gzip looks, in bytes, with some room.
const WINDOW_BYTES: usize = 30_000;

/// Functions are alike as far as they share pieces of so many bytes.
const PIECE_BYTES: usize = 8;

/// A piece that more functions have is found anyway.
const OWNERS_MAX: usize = 100;

/// Pieces that a function is thought to have beside its own, so that short ones do not come first.
const PIECES_MORE: usize = 40;

/// Names the functions of a module after their places, for `wasm-opt --reorder-functions-by-name`.
pub(super) fn name_by_place(module: &Path) -> Result<()> {
    let mut bytes = fs::read(module)?;
    let functions = Functions::read(&bytes).context("the module cannot be read")?;
    let names = names(functions.n_imported, &order(&functions.bodies));
    names.append_to(&mut bytes);
    fs::write(module, bytes).with_context(|| format!("cannot write {}", module.display()))
}

/// What a module's functions are made of.
struct Functions<'a> {
    n_imported: usize,
    bodies: Vec<&'a [u8]>,
}

impl<'a> Functions<'a> {
    fn read(module: &'a [u8]) -> Result<Self> {
        let (mut n_imported, mut bodies) = (0_usize, Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Payload::CodeSectionEntry(body) = payload {
                bodies.push(body.as_bytes());
            } else if let Payload::ImportSection(imports) = payload {
                for import in imports.into_imports() {
                    let is_function = matches!(import?.ty, TypeRef::Func(_));
                    n_imported = n_imported.saturating_add(is_function.into());
                }
            }
        }
        Ok(Self { n_imported, bodies })
    }
}

/// The functions in their new order: each follows those that it has the most in common with.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let mut likeness = Likeness::of(bodies);
    let mut window = VecDeque::new();
    let mut window_bytes = 0_usize;
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    while let Some(at) = likeness.closest(&left) {
        let next = left.swap_remove(at);
        order.push(next);
        likeness.enter(next);
        let bytes = bodies.get(next).map_or(0, |body| body.len());
        window_bytes = window_bytes.saturating_add(bytes);
        window.push_back((next, bytes));
        while window_bytes > WINDOW_BYTES
            && let Some((gone, bytes)) = window.pop_front()
        {
            likeness.leave(gone);
            window_bytes = window_bytes.saturating_sub(bytes);
        }
    }
    order
}

/// What each function has in common with those in the window.
struct Likeness {
    /// By function: its pieces, each once.
    pieces: Vec<Vec<usize>>,
    /// By piece: the functions that have it.
    owners: Vec<Vec<usize>>,
    /// By piece: how many functions in the window have it.
    n_seen: Vec<usize>,
    /// By function: how many of its pieces are in the window.
    n_shared: Vec<usize>,
}

impl Likeness {
    fn of(bodies: &[&[u8]]) -> Self {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let mut owners: Vec<Vec<usize>> = Vec::new();
        let mut pieces = Vec::with_capacity(bodies.len());
        for (function, body) in bodies.iter().enumerate() {
            let mut own = Vec::new();
            for piece in body.windows(PIECE_BYTES) {
                let piece = *known.entry(piece).or_insert_with(|| {
                    owners.push(Vec::new());
                    owners.len().saturating_sub(1)
                });
                if let Some(owners) = owners.get_mut(piece)
                    && owners.last() != Some(&function)
                {
                    owners.push(function);
                    own.push(piece);
                }
            }
            pieces.push(own);
        }
        let (n_seen, n_shared) = (vec![0; owners.len()], vec![0; bodies.len()]);
        Self { pieces, owners, n_seen, n_shared }
    }

    /// Where in `left` the function stands that has the largest part in common with the window; if
    /// none has any, the longest.
    fn closest(&self, left: &[usize]) -> Option<usize> {
        let rank = |function: usize| {
            let n_pieces = self.pieces.get(function).map_or(0, Vec::len);
            let n_shared = self.n_shared.get(function).copied().unwrap_or_default();
            let part = n_shared.saturating_mul(1 << 20);
            (part.checked_div(n_pieces.saturating_add(PIECES_MORE)), n_pieces, function)
        };
        let best = left.iter().enumerate().max_by_key(|(_, function)| rank(**function));
        best.map(|(at, _)| at)
    }

    fn enter(&mut self, function: usize) {
        for piece in self.pieces.get(function).into_iter().flatten() {
            if let Some(n_seen) = self.n_seen.get_mut(*piece) {
                *n_seen = n_seen.saturating_add(1);
                if *n_seen == 1 {
                    share(&mut self.n_shared, self.owners.get(*piece), 1);
                }
            }
        }
    }

    fn leave(&mut self, function: usize) {
        for piece in self.pieces.get(function).into_iter().flatten() {
            if let Some(n_seen) = self.n_seen.get_mut(*piece) {
                *n_seen = n_seen.saturating_sub(1);
                if *n_seen == 0 {
                    share(&mut self.n_shared, self.owners.get(*piece), -1);
                }
            }
        }
    }
}

/// Counts one piece more, or less, for each of its owners.
fn share(n_shared: &mut [usize], owners: Option<&Vec<usize>>, change: isize) {
    for owner in owners.into_iter().filter(|owners| owners.len() <= OWNERS_MAX).flatten() {
        if let Some(n) = n_shared.get_mut(*owner) {
            *n = n.saturating_add_signed(change);
        }
    }
}

/// A section that names each function after its place in `order`.
fn names(n_imported: usize, order: &[usize]) -> NameSection {
    let mut places: Vec<(usize, usize)> = order.iter().copied().zip(0..).collect();
    places.sort_unstable();
    let mut functions = NameMap::new();
    for (function, place) in places {
        let index = u32::try_from(n_imported.saturating_add(function)).unwrap_or(u32::MAX);
        functions.append(index, &format!("{place:06}"));
    }
    let mut names = NameSection::new();
    names.functions(&functions);
    names
}

#[cfg(test)]
mod tests {
    use wasm_encoder::Module;
    use wasmparser::{KnownCustom, Name};

    use super::*;

    #[test]
    fn what_resembles_each_other_stands_together() {
        let body = |first: u8| (first..first.saturating_add(100)).collect::<Vec<u8>>();
        let bodies = [body(0), body(100), body(1), body(101), body(2)];
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let order = order(&bodies);
        let kinds: Vec<usize> = order.iter().map(|function| function % 2).collect();
        assert!(kinds.is_sorted() || kinds.is_sorted_by(|a, b| a >= b), "{order:?}");
        let mut all = order;
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn places_are_names_that_can_be_read() {
        let mut module = Module::HEADER.to_vec();
        names(200, &[1, 0]).append_to(&mut module);
        let mut found = Vec::new();
        for payload in Parser::new(0).parse_all(&module) {
            if let Payload::CustomSection(custom) = payload.unwrap()
                && let KnownCustom::Name(names) = custom.as_known()
            {
                for names in names {
                    if let Name::Function(names) = names.unwrap() {
                        found.extend(names.map(Result::unwrap));
                    }
                }
            }
        }
        let names: Vec<_> = found.iter().map(|name| (name.index, name.name)).collect();
        assert_eq!(names, [(200, "000001"), (201, "000000")]);
    }
}
