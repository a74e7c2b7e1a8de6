//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Device test kit: puts cellular modems and LoRaWAN nodes through an operator's test kit and says with evidence whether
/// they are fit for the service.
#[derive(Clone, Debug, Parser)]
#[command(name = "dtk", version, max_term_width = 110, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

const EXIT_CODES: &str = "Exit codes: 0 all passed, 1 tests failed, 2 a script or the lab broke, 3 bad usage, lab file or \
                          suite, 4 nothing selected, 5 interrupted.";

/// The longest test of a live run, in seconds of lab time, where nobody says otherwise.
pub const DEFAULT_LIVE_LIMIT: u64 = 60;

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Action {
    /// Run the kit and write reports
    Run(RunArgs),
    /// List the tests, with their cases, clauses and needs, and whether this lab can run them
    List(ListArgs),
    /// Validate the lab file and all suites without running anything
    Check(LabArgs),
    /// Serve the simulated lab live: every device behind a PTY, every door of the core on loopback
    Serve(Box<ServeArgs>),
    /// Evaluate one expression of the script vocabulary in the running lab of `dtk serve`
    Ctl(CtlArgs),
    /// Show the serial ports of this machine and what answers on them
    Ports(PortsArgs),
    /// Show the runs that the store remembers
    History(HistoryArgs),
}

/// Which lab, which kit, where results go.
#[derive(Clone, Debug, Args)]
pub struct LabArgs {
    /// The lab file
    #[arg(long, value_name = "FILE", default_value = "lab.toml", env = "DTK_LAB")]
    pub lab: PathBuf,
    /// The folder of the kit
    #[arg(long, value_name = "DIR", default_value = "suites", env = "DTK_SUITES")]
    pub suites: PathBuf,
    /// The folder for reports, links and the store
    #[arg(long, value_name = "DIR", default_value = "out", env = "DTK_OUT")]
    pub out: PathBuf,
    /// The store: a path or sqlite: URL, for `dtk serve` also a postgres: URL [default: <OUT>/dtk.sqlite]
    #[arg(long, value_name = "URL", env = "DTK_DB")]
    pub db: Option<String>,
    /// The seed, instead of the one in the lab file
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Write results as JSON
    #[arg(long)]
    pub json: bool,
}

/// `dtk run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Tests to run: parts of identifiers or suites, cases, tags, clauses or beginnings of clauses; all when none is given
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Which lab.
    #[command(flatten)]
    pub lab: LabArgs,
    /// Run in real time, every simulated device at the far end of a kernel PTY
    #[arg(long)]
    pub live: bool,
    /// In a live run, tests that take longer than this many seconds of lab time are not applicable
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_LIVE_LIMIT)]
    pub live_limit: u64,
    /// Try a test that fails up to this many times more; one that then passes is flaky
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub retries: u32,
    /// Let flaky tests fail the run
    #[arg(long)]
    pub flaky_fails: bool,
    /// Put into the captures what is in LoRaWAN frames, and write Wireshark's table of their keys beside them
    #[arg(long)]
    pub capture_decrypted: bool,
}

/// `dtk list`.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// As in `dtk run`; with --coverage, beginnings of clauses
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// List the requirements, each with the tests that prove it, and those that no test proves
    #[arg(long)]
    pub coverage: bool,
    /// Which lab.
    #[command(flatten)]
    pub lab: LabArgs,
}

/// `dtk serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Which lab.
    #[command(flatten)]
    pub lab: LabArgs,
    /// Begin with an empty core, and forget what an earlier lab of this name in this folder knew
    #[arg(long)]
    pub fresh: bool,
    /// Address of the Semtech UDP door
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:1700")]
    pub semtech_udp: std::net::SocketAddr,
    /// Address of the LoRa Basics Station door; closed unless it is given
    #[arg(long, value_name = "ADDRESS")]
    pub basics_station: Option<std::net::SocketAddr>,
    /// Address of a second LoRa Basics Station door, which speaks TLS
    #[arg(
        long,
        value_name = "ADDRESS",
        requires_all = ["basics_station", "basics_station_certificate", "basics_station_key"]
    )]
    pub basics_station_tls: Option<std::net::SocketAddr>,
    /// The certificate of that door, with the chain above it: a PEM file
    #[arg(long, value_name = "FILE", requires = "basics_station_tls")]
    pub basics_station_certificate: Option<PathBuf>,
    /// The private key of that door: a PEM file
    #[arg(long, value_name = "FILE", requires = "basics_station_tls")]
    pub basics_station_key: Option<PathBuf>,
    /// Who issues the certificates that stations must show at that door: a PEM file; without it none is asked for
    #[arg(long, value_name = "FILE", requires = "basics_station_tls")]
    pub basics_station_client_ca: Option<PathBuf>,
    /// The lists of those certificates that are revoked: a PEM file
    #[arg(long, value_name = "FILE", requires = "basics_station_client_ca")]
    pub basics_station_revoked: Option<PathBuf>,
    /// Address of the SMPP door
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2775")]
    pub smpp: std::net::SocketAddr,
    /// Address of a second SMPP door, which speaks TLS
    #[arg(long, value_name = "ADDRESS", requires_all = ["smpp_certificate", "smpp_key"])]
    pub smpp_tls: Option<std::net::SocketAddr>,
    /// The certificate of the TLS door, with the chain above it: a PEM file
    #[arg(long, value_name = "FILE", requires = "smpp_tls")]
    pub smpp_certificate: Option<PathBuf>,
    /// The private key of the TLS door: a PEM file
    #[arg(long, value_name = "FILE", requires = "smpp_tls")]
    pub smpp_key: Option<PathBuf>,
    /// Write what crosses the air and the gateway to this pcapng file
    #[arg(long, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// Write into the capture what is in LoRaWAN frames, and Wireshark's table of their keys to FILE.keys
    #[arg(long, requires = "capture")]
    pub capture_decrypted: bool,
}

/// `dtk ctl`.
#[derive(Clone, Debug, Args)]
pub struct CtlArgs {
    /// The expression, such as 'lab.core().send_sms("+33639980002", "+33639980001", "hello")'
    #[arg(value_name = "EXPR")]
    pub expression: String,
    /// The folder that `dtk serve` was given
    #[arg(long, value_name = "DIR", default_value = "out", env = "DTK_OUT")]
    pub out: PathBuf,
    /// Write the value, or the error, as JSON
    #[arg(long)]
    pub json: bool,
}

/// `dtk ports`.
#[derive(Clone, Debug, Args)]
pub struct PortsArgs {
    /// Ask at these ports and no others
    #[arg(value_name = "PORT")]
    pub ports: Vec<String>,
    /// Only list the ports; send nothing to them
    #[arg(long)]
    pub no_probe: bool,
    /// Write the list as JSON
    #[arg(long)]
    pub json: bool,
}

/// `dtk history`.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Show the results of this test instead of whole runs
    #[arg(value_name = "TEST")]
    pub test: Option<String>,
    /// How many rows
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// The folder of the store
    #[arg(long, value_name = "DIR", default_value = "out", env = "DTK_OUT")]
    pub out: PathBuf,
    /// The store [default: <OUT>/dtk.sqlite]
    #[arg(long, value_name = "URL", env = "DTK_DB")]
    pub db: Option<String>,
    /// Write a line of JSON for each row
    #[arg(long)]
    pub json: bool,
}
