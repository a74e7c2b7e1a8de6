//! What was changed of policy and steering while the core ran, so that it holds after a restart.
//!
//! Policy is kept by its fields: where an order changed nothing, the configuration goes on to count.

use super::CellularCore;
use super::config::{Policy, Steering};
use crate::state::{Kept, KeptCell, Parts, StateError};
use serde_json::{Map, Value};

const POLICY: &str = "policy";
const STEERING: &str = "steering-rule";

/// The orders.
#[derive(Debug)]
pub(super) struct Orders {
    policy: Kept<String, Value>,
    steering: KeptCell<Option<Steering>>,
}

impl Default for Orders {
    fn default() -> Self {
        Self { policy: Kept::default(), steering: KeptCell::new(None) }
    }
}

impl Orders {
    pub(super) fn parts(&mut self) -> Parts<'_> {
        vec![(POLICY, &mut self.policy), (STEERING, &mut self.steering)]
    }
}

/// The fields of a policy; none of them has a form that JSON does not know.
fn fields(policy: &Policy) -> Map<String, Value> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

impl CellularCore {
    /// Changes what the standards leave to the operator; it holds from the next decision on.
    pub fn change_policy(&mut self, change: impl FnOnce(&mut Policy)) {
        let before = fields(&self.config.policy);
        change(&mut self.config.policy);
        for (field, value) in fields(&self.config.policy) {
            if before.get(&field) != Some(&value) {
                self.orders.policy.insert(field, value);
            }
        }
    }

    /// Changes the steering of roaming; what is remembered of subscribers stays.
    pub fn set_steering(&mut self, steering: Steering) {
        *self.orders.steering = Some(steering.clone());
        self.config.steering = steering;
    }

    /// Every record has been taken up: what was ordered counts in place of the configuration.
    pub(super) fn orders_restored(&mut self) -> Result<(), StateError> {
        if let Some(steering) = &*self.orders.steering {
            self.config.steering = steering.clone();
        }
        for (field, value) in &self.orders.policy {
            let (kind, key) = (POLICY.to_owned(), field.clone());
            let mut all = fields(&self.config.policy);
            if all.insert(field.clone(), value.clone()).is_none() {
                return Err(StateError::Missing { kind, key });
            }
            self.config.policy = serde_json::from_value(Value::Object(all))
                .map_err(|cause| StateError::Unreadable { kind, key, cause })?;
        }
        Ok(())
    }
}
