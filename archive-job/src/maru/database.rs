//! D1, a page of a table at a time.

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;

use super::Maru;
use super::call::{Body, Call, parse};
use crate::failure::Failure;

/// A page of a table of D1.
#[derive(Clone, Debug)]
pub struct Page {
    /// Lines of JSON: one that says which page it is, and then the rows. What restores it wants
    /// them as they are.
    pub lines: Bytes,
    /// What to ask for next; `None` at the end.
    pub cursor: Option<String>,
}

impl Maru {
    /// The tables of D1.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn tables(&self) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        struct Tables {
            tables: Vec<String>,
        }
        let Tables { tables } = self.get("database", &[]).await?;
        Ok(tables)
    }

    /// A page of a table.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn dump(&self, table: &str, cursor: Option<&str>) -> Result<Page, Failure> {
        #[derive(Deserialize)]
        struct Header {
            cursor: Option<String>,
        }
        let url = self.at("database", &[("table", Some(table)), ("cursor", cursor)])?;
        let lines = self.ask(&Call::new(Method::GET, url, Body::Nothing)).await?.bytes;
        let header = lines.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let Header { cursor } = parse(header)?;
        Ok(Page { lines, cursor })
    }

    /// Puts a page of a table where the one before it ended.
    ///
    /// # Errors
    /// If Maru does not answer, or refuses.
    pub async fn load(&self, table: &str, page: Bytes) -> Result<(), Failure> {
        let url = self.at("database", &[("table", Some(table))])?;
        self.ask(&Call::new(Method::POST, url, Body::Lines(page))).await.map(drop)
    }
}
