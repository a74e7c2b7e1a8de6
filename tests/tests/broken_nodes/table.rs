/// The broken nodes.
const TABLE: &[Broken] = &[];
/// How many seeds a good node is tried with.
const SEEDS: u64 = 10;
