//! The program `archive-job`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    archive_job::cli::main().await
}
