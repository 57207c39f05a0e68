//! `cargo xtask test`: every test, the fastest first.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::arguments::{Profile, TestOptions};
use crate::build;
use crate::process;
use crate::progress;
use crate::setup::{self, Needs, Toolbox};
use crate::test_tally::Tally;
use crate::workspace::Workspace;

/// Sets up, builds and runs the tests.
pub(crate) fn command(workspace: &Workspace, options: &TestOptions) -> Result<()> {
    let needs = if options.no_browser { Needs::Testing } else { Needs::Everything };
    let toolbox = setup::prepare(workspace, needs)?;
    build::everything(&toolbox, Profile::Release)?;
    run(&toolbox, options)
}

/// Runs the tests on what is built, and ends with one line that counts them.
pub(crate) fn run(toolbox: &Toolbox, options: &TestOptions) -> Result<()> {
    build::for_tests(toolbox, Profile::Release)?;
    let mut total = Tally::default();
    let mut result = Ok(());
    for (name, mut command) in stages(toolbox, options)? {
        let mut tally = Tally::default();
        result = progress::stage(&name, || {
            run_counting(&mut command, &mut tally)?;
            tally.require_some()
        });
        total.add(tally);
        if result.is_err() {
            break;
        }
    }
    progress::say(format!("{} passed, {} failed", total.passed, total.failed));
    result
}

fn stages(toolbox: &Toolbox, options: &TestOptions) -> Result<Vec<(String, Command)>> {
    let mut stages = Vec::new();

    let mut rust = toolbox.cargo();
    rust.args(["test", "--workspace", "--exclude", "integration-tests"]);
    stages.push(("test: Rust".to_owned(), rust));

    stages.push(("test: web".to_owned(), npm_script(toolbox, "test")));

    let mut integration = toolbox.cargo();
    integration.args(["test", "--package", "integration-tests"]);
    stages.push(("test: integration".to_owned(), integration));

    if !options.no_browser {
        stages.extend(browser_stages(toolbox)?);
    }
    Ok(stages)
}

/// Browser tests may live with the web app, as an npm script, or in `tests/browser`.
fn browser_stages(toolbox: &Toolbox) -> Result<Vec<(String, Command)>> {
    let mut stages = Vec::new();
    if toolbox.workspace().path("web/package.json").exists() {
        stages.push(("test: browser".to_owned(), npm_script(toolbox, "test:browser")));
    }
    let folder = toolbox.workspace().path("tests/browser");
    if folder.is_dir() {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".test.mjs") {
                files.push(path);
            }
        }
        files.sort();
        if !files.is_empty() {
            let mut node = toolbox.command("node");
            node.args(["--test", "--test-concurrency=1"]).args(files);
            stages.push(("test: browser (tests/browser)".to_owned(), node));
        }
    }
    Ok(stages)
}

fn npm_script(toolbox: &Toolbox, script: &str) -> Command {
    let mut npm = toolbox.command("npm");
    npm.args(["run", "--if-present", "--workspace", "web", script]);
    npm
}

/// Runs a test runner, passes its output on and counts the tests in it.
fn run_counting(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let shown = process::shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            tally.read(&line);
            progress::say(line);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_runner_fails_the_stage_and_is_still_counted() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo '# pass 2'; echo '# fail 1'; exit 1"]);
        let mut tally = Tally::default();
        assert!(run_counting(&mut command, &mut tally).is_err());
        assert_eq!(tally, Tally { passed: 2, failed: 1 });
    }
}
