//! `urbis`: a city digital twin on one machine.
//!
//! The composition root: it alone reads arguments, environment and configuration, and decides nothing that another
//! crate could need. Exit codes: 0 done, 1 failed and nothing changed, 2 wrong usage, 3 partly done.

mod args;
mod demo;
mod import;
mod info;
mod output;
mod progress;
mod query;
mod serve;
mod tiles;

use args::{Args, Command};
use clap::{CommandFactory, Parser};
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::process::ExitCode;

/// How a command ended when it did not fail.
enum Outcome {
    Done,
    /// Something was left out; the report says what.
    Partly,
}

/// Libraries that panic on what a person gives them. Their panics are caught where they are called and become errors.
const CAUGHT: [&str; 3] = ["i_overlay-", "parquet-", "bytes-"];

fn main() -> ExitCode {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // …/registry/src/INDEX/NAME-VERSION/src/…
        let file = panic.location().map_or("", std::panic::Location::file);
        let library = file.split_once("/registry/src/").and_then(|(_, path)| path.split('/').nth(1));
        if !library.is_some_and(|library| CAUGHT.iter().any(|name| library.starts_with(name))) {
            tell(panic);
        }
    }));
    let args = Args::parse();
    let level = if args.verbose { "debug" } else { "info" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("URBIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("warn,urbis={level},urbis_server={level}")));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    match run(args) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::from(3),
        Err(error) => {
            let chain = error.chain().map(ToString::to_string).collect::<Vec<_>>().join("\n  because: ");
            // If stderr is gone too there is nobody left to tell.
            let _ = writeln!(io::stderr(), "error: {chain}");
            if is_wrong_usage(&error) { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Whether a value on the command line is wrong which only a source or a layer could tell.
fn is_wrong_usage(error: &anyhow::Error) -> bool {
    let names_no_encoding = matches!(error.downcast_ref(), Some(urbis_ingest::IngestError::Encoding { .. }));
    let names_no_column = matches!(error.downcast_ref(), Some(urbis_query::QueryError::UnknownColumn { .. }));
    names_no_encoding || names_no_column || error.is::<urbis_query::FilterError>()
}

fn run(args: Args) -> anyhow::Result<Outcome> {
    match args.command {
        Command::Demo(demo) => demo::run(&demo),
        Command::Import(import) => import::run(&import),
        Command::Info(info) => info::run(&info),
        Command::Query(query) => query::run(&query),
        Command::Tiles(tiles) => tiles::run(&tiles),
        Command::Serve(serve) => serve::run(&serve),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "urbis", &mut script);
            output::to_stdout(|out| out.write_all(&script)).map(|()| Outcome::Done)
        }
    }
}
