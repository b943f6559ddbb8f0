//! What is generated and committed cannot drift: the man page, the completions, the help texts,
//! and the tables of the README.
//!
//! `SNAPSHOTS=overwrite cargo test --test generated` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use clap::CommandFactory as _;
use snapbox::{Assert, Data, assert::Action, data::DataFormat};
use wscope::cli::{Cli, EXIT_STATUSES};

fn wscope(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wscope"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn assert_file(file: &str, content: String) {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    let committed = Data::read_from(path.as_ref(), Some(DataFormat::Text));
    Assert::new()
        .action(Action::Verify)
        .action_env("SNAPSHOTS")
        .eq(Data::text(content), committed.raw());
}

#[test]
fn the_man_page_is_the_command_lines() {
    assert_file("man/wscope.1", wscope(&["--generate", "man"]));
}

#[test]
fn the_completions_are_the_command_lines() {
    for (shell, file) in [
        ("bash", "completions/wscope.bash"),
        ("zsh", "completions/_wscope"),
        ("fish", "completions/wscope.fish"),
        ("powershell", "completions/_wscope.ps1"),
    ] {
        assert_file(file, wscope(&["--generate", shell]));
    }
}

#[test]
fn the_completions_offer_no_hidden_argument() {
    let mut program = Cli::command();
    program.build();
    let commands = std::iter::once(&program).chain(program.get_subcommands());
    let hidden: Vec<_> = commands
        .flat_map(clap::Command::get_arguments)
        .filter(|argument| argument.is_hide_set())
        .filter_map(|argument| argument.get_long())
        .collect();
    assert!(hidden.contains(&"connect"), "{hidden:?}");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = wscope(&["--generate", shell]);
        let offers = |name: &str| {
            let mut words = script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            match shell {
                "fish" => script.contains(&format!(" -l {name} ")),
                _ => words.any(|word| word.strip_prefix("--") == Some(name)),
            }
        };
        assert!(offers("connect-to"), "{shell}");
        for name in &hidden {
            assert!(!offers(name), "{shell} offers --{name}");
        }
    }
}

#[test]
fn the_help_is_what_a_reviewer_saw() {
    assert_file("tests/help/short.txt", wscope(&["-h"]));
    assert_file("tests/help/long.txt", wscope(&["--help"]));
}

#[test]
fn every_option_has_a_short_help_and_stands_in_the_man_page() {
    let man = wscope(&["--generate", "man"]).replace("\\-", "-");
    let mut program = Cli::command();
    program.build();
    let subcommands = program.get_subcommands();
    let commands: Vec<_> = std::iter::once(&program).chain(subcommands).collect();
    for command in commands {
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            let name = argument.to_string();
            let help = argument
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(!help.is_empty(), "{name} has no help");
            assert!(!help.ends_with('.'), "{name}: {help:?} ends with a period");
            if let Some(long) = argument.get_long() {
                assert!(
                    man.contains(&format!("--{long}")),
                    "--{long} is not in the man page"
                );
            }
            if argument.get_action().takes_values() {
                let value = argument.get_value_names().unwrap_or_default();
                let is_upper = |name: &&str| !name.chars().any(char::is_lowercase);
                assert!(
                    value.iter().all(|value| is_upper(&value.as_str())),
                    "{name}: a value's name is in upper case"
                );
            }
        }
    }
}

#[test]
fn the_readme_lists_every_exit_status() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for (status, meaning) in EXIT_STATUSES {
        let row = format!("| {status} | {meaning} |");
        assert!(readme.contains(&row), "the README lacks {row:?}");
    }
}
