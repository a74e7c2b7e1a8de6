//! How much of a signal is lost on the way, by distance: the mean, without obstacles of its own.
//!
//! Log-distance: `PL0 + 10 n log10(d / d0)`. Okumura-Hata: Hata 1980 with the correction for a small or medium city; it
//! was made for masts of 30 to 200 m, devices at 1 to 10 m, 1 to 20 km and 150 to 1500 MHz, and is carried on outside of
//! that. No loss is below that of free space. Units: metres, MHz, dB.

/// A model of the mean loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathLoss {
    /// Grows by `exponent` times 10 dB with each tenfold distance.
    LogDistance {
        /// The distance at which `reference_decibel` holds.
        reference_metres: f64,
        /// The loss there.
        reference_decibel: f64,
        /// 2 in free space, 3 to 4 among houses.
        exponent: f64,
    },
    /// Okumura-Hata.
    OkumuraHata(Surroundings),
}

/// What stands around the aerials (Hata 1980).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// A small or medium city.
    Urban,
    /// Low houses.
    Suburban,
    /// Fields.
    Open,
}

impl PathLoss {
    /// The usual figures of the LoRaWAN module of ns-3: 7.7 dB at 1 m, exponent 3.76.
    pub const NS3: Self = Self::LogDistance { reference_metres: 1.0, reference_decibel: 7.7, exponent: 3.76 };

    /// The mean loss over `distance` between aerials at these heights above ground.
    #[must_use]
    pub fn decibel(self, megahertz: f64, distance: f64, heights: (f64, f64)) -> f64 {
        let distance = distance.max(1.0);
        let loss = match self {
            Self::LogDistance { reference_metres, reference_decibel, exponent } => {
                reference_decibel + 10.0 * exponent * (distance / reference_metres).log10()
            }
            Self::OkumuraHata(surroundings) => {
                hata(megahertz, distance / 1000.0, heights.0.max(heights.1), heights.0.min(heights.1))
                    - surroundings.correction(megahertz)
            }
        };
        loss.max(free_space(megahertz, distance))
    }
}

impl Surroundings {
    /// What is lost less than in a city.
    fn correction(self, megahertz: f64) -> f64 {
        match self {
            Self::Urban => 0.0,
            Self::Suburban => 2.0 * (megahertz / 28.0).log10().powi(2) + 5.4,
            Self::Open => 4.78 * megahertz.log10().powi(2) - 18.33 * megahertz.log10() + 40.94,
        }
    }
}

/// Friis: 20 log10(d in km) + 20 log10(f in MHz) + 32.45.
fn free_space(megahertz: f64, distance: f64) -> f64 {
    20.0 * (distance / 1000.0).log10() + 20.0 * megahertz.log10() + 32.45
}

fn hata(megahertz: f64, kilometres: f64, mast: f64, device: f64) -> f64 {
    let (f, mast) = (megahertz.log10(), mast.max(1.0).log10());
    let device = (1.1 * f - 0.7) * device - (1.56 * f - 0.8);
    69.55 + 26.16 * f - 13.82 * mast - device + (44.9 - 6.55 * mast) * kilometres.log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance, "{got} is not {want}");
    }

    #[test]
    fn open_country_is_as_3gpp_works_it_out() {
        // TR 36.942 clause 4.5.3, rural macro cell at 900 MHz with a mast of 45 m: 95.5 + 34.1 log10(R).
        let open = PathLoss::OkumuraHata(Surroundings::Open);
        for (kilometres, want) in [(1.0, 95.5), (2.0, 105.8), (10.0, 129.6)] {
            near(open.decibel(900.0, kilometres * 1000.0, (45.0, 1.5)), want, 0.1);
        }
    }

    #[test]
    fn a_city_is_as_the_text_books_have_it() {
        // 900 MHz, mast 30 m, device 1.5 m: 126.4 + 35.2 log10(d).
        let urban = PathLoss::OkumuraHata(Surroundings::Urban);
        near(urban.decibel(900.0, 1_000.0, (30.0, 1.5)), 126.4, 0.05);
        near(urban.decibel(900.0, 5_000.0, (30.0, 1.5)), 151.0, 0.1);
        // Which aerial is the higher one does not depend on who sends.
        near(urban.decibel(900.0, 5_000.0, (1.5, 30.0)), 151.0, 0.1);
        // Suburban at 900 MHz is 9.9 dB better.
        let suburban = PathLoss::OkumuraHata(Surroundings::Suburban);
        near(suburban.decibel(900.0, 1_000.0, (30.0, 1.5)), 126.4 - 9.94, 0.05);
    }

    #[test]
    fn log_distance_by_hand() {
        near(PathLoss::NS3.decibel(868.0, 1_000.0, (15.0, 1.5)), 7.7 + 3.76 * 30.0, 1e-9);
        // Bor and others 2016: 127.41 dB at 40 m, exponent 2.08.
        let bor = PathLoss::LogDistance { reference_metres: 40.0, reference_decibel: 127.41, exponent: 2.08 };
        near(bor.decibel(868.0, 400.0, (1.5, 1.5)), 127.41 + 20.8, 1e-9);
    }

    #[test]
    fn nothing_is_heard_better_than_in_free_space() {
        // 868 MHz over 1 m lose 31.2 dB, over 1 km 91.2 dB.
        near(PathLoss::NS3.decibel(868.0, 1.0, (1.5, 1.5)), 31.22, 0.01);
        near(PathLoss::NS3.decibel(868.0, 0.0, (1.5, 1.5)), 31.22, 0.01);
        near(free_space(868.0, 1_000.0), 91.22, 0.01);
    }
}
