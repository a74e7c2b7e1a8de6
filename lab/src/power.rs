//! Power of devices that are not simulated: a command of the lab file, run with a limit, its output kept as evidence.
//!
//! The lab waits for the command: what a port says meanwhile is read afterwards.

use crate::plan::PowerPlan;
use std::process::Stdio;
use tokio::process::Command;

/// The most output that is kept as evidence, octets.
const MOST_OUTPUT: usize = 2_000;

/// Why the power of a device was not switched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PowerError {
    /// The lab file has no command for it.
    #[error(
        "the lab has no way to switch the power of {device}: power = {{ on = \"…\", off = \"…\" }} gives it one"
    )]
    NoSwitch {
        /// The device.
        device: String,
    },
    /// The command did not start.
    #[error("the command for the power of {device} did not start: {command}: {reason}")]
    NotStarted {
        /// The device.
        device: String,
        /// The command.
        command: String,
        /// What the operating system said.
        reason: String,
    },
    /// The command ran longer than its limit and was ended.
    #[error("the command for the power of {device} was not done after {seconds} s: {command}")]
    TooLong {
        /// The device.
        device: String,
        /// The command.
        command: String,
        /// Its limit.
        seconds: String,
    },
    /// The command failed.
    #[error("the command for the power of {device} failed ({status}): {command}: {output}")]
    Failed {
        /// The device.
        device: String,
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        output: String,
    },
}

/// Runs the command that switches the power of `device`; what it said.
///
/// # Errors
/// [`PowerError`] with the command and what came of it.
pub(crate) async fn switch(device: &str, plan: &PowerPlan, on: bool) -> Result<String, PowerError> {
    let (device, command) = (device.to_owned(), plan.command(on).to_owned());
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&command).stdin(Stdio::null()).kill_on_drop(true);
    let ended = match tokio::time::timeout(plan.limit(), shell.output()).await {
        Err(_) => {
            return Err(PowerError::TooLong { device, command, seconds: plan.timeout.to_string() });
        }
        Ok(Err(error)) => return Err(PowerError::NotStarted { device, command, reason: error.to_string() }),
        Ok(Ok(ended)) => ended,
    };
    let said = [ended.stdout.as_slice(), ended.stderr.as_slice()].concat();
    let output = String::from_utf8_lossy(said.get(..MOST_OUTPUT).unwrap_or(&said)).trim().to_owned();
    if ended.status.success() {
        Ok(output)
    } else {
        Err(PowerError::Failed { device, command, status: ended.status.to_string(), output })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(on: &str, timeout: f64) -> PowerPlan {
        PowerPlan { on: on.to_owned(), off: "true".to_owned(), timeout }
    }

    fn run(plan: &PowerPlan, on: bool) -> Result<String, PowerError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(switch("modem-a", plan, on))
    }

    #[test]
    fn the_output_of_a_command_is_evidence_whether_it_works_or_not() {
        assert_eq!(run(&plan("echo port 2 on", 10.0), true).as_deref(), Ok("port 2 on"));
        assert_eq!(run(&plan("false", 10.0), false).as_deref(), Ok(""), "off has a command of its own");
        let error = run(&plan("echo no such hub >&2; exit 3", 10.0), true).unwrap_err();
        let words = error.to_string();
        assert!(words.contains("no such hub") && words.contains('3') && words.contains("modem-a"), "{words}");
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let error = run(&plan("tail -f /dev/null", 0.2), true).unwrap_err();
        assert!(matches!(error, PowerError::TooLong { .. }), "{error}");
        assert!(error.to_string().contains("0.2 s"), "{error}");
    }
}
