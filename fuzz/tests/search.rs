//! What people search for, and what they search in.

use analysis::{Query, Tables};
use fuzz::{fuzz, text};

/// Tokens that a query asks an index for, at most.
const NEEDS_MAX: usize = 24;

#[test]
fn fuzz_search_query() {
    fuzz("search_query", |input| {
        let input = text(input);
        let (asked, body) = input.split_once('\n').unwrap_or((&input, &input));
        let Ok(query) = Query::parse(asked, &Tables) else {
            return (false, 0, false);
        };
        let needs = query.needs();
        assert!(needs.len() <= NEEDS_MAX, "{asked:?}");
        let expression = query.index_expression();
        assert_eq!(expression.is_none(), needs.is_empty(), "{asked:?}");
        assert_eq!(expression.unwrap_or_default().matches('"').count() % 2, 0, "{asked:?}");
        let found = query.find(body, &Tables);
        for range in found.iter().flatten() {
            assert!(
                body.get(range.clone()).is_some_and(|hit| !hit.is_empty()),
                "{range:?} {body:?}"
            );
        }
        if let Some(ranges) = &found {
            let units = body.encode_utf16().count();
            for [start, end] in analysis::utf16_ranges(body, ranges) {
                assert!(start < end && end <= units, "{start}..{end} of {units}");
            }
        }
        (true, needs.len(), found.is_some())
    });
}
