//! A function fits on a page.

use anyhow::{Context, Result};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::repository::{Repository, SourceFile};

/// Lines from the signature to the closing brace, both included.
const LIMIT: usize = 70;

pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in repository.rust() {
        findings.extend(judge(file)?);
    }
    Ok(findings)
}

fn judge(file: &SourceFile) -> Result<Vec<Finding>> {
    let parsed =
        syn::parse_file(&file.text).with_context(|| format!("cannot parse {}", file.path))?;
    let mut meter = Meter { path: &file.path, findings: Vec::new() };
    meter.visit_file(&parsed);
    Ok(meter.findings)
}

struct Meter<'a> {
    path: &'a str,
    findings: Vec<Finding>,
}

impl Meter<'_> {
    fn measure(&mut self, name: &syn::Ident, signature: Span, body: Span) {
        let first = signature.start().line;
        let length = body.end().line.saturating_sub(first).saturating_add(1);
        if length > LIMIT {
            let message = format!("`{name}` has {length} lines; split it, {LIMIT} are the limit");
            self.findings.push(Finding::new(format!("{}:{first}", self.path), message));
        }
    }
}

impl<'ast> Visit<'ast> for Meter<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig.ident, function.sig.span(), function.block.span());
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig.ident, function.sig.span(), function.block.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig.ident, function.sig.span(), body.span());
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function_of(lines: usize) -> String {
        let inside = lines.saturating_sub(2);
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(inside))
    }

    #[test]
    fn a_page_passes_and_one_line_more_is_found() {
        assert_eq!(judge(&SourceFile::example("a.rs", &function_of(70))).unwrap(), []);
        let findings = judge(&SourceFile::example("a.rs", &function_of(71))).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "a.rs:1");
    }

    #[test]
    fn methods_and_inner_functions_are_measured() {
        let text = format!("impl A {{ {} }} mod m {{ {} }}", function_of(80), function_of(80));
        assert_eq!(judge(&SourceFile::example("a.rs", &text)).unwrap().len(), 2);
    }
}
