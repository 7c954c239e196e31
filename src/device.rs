//! Devices.

/// Which device to compute on.
#[derive(Clone, Debug)]
pub struct DeviceChoice;

impl std::str::FromStr for DeviceChoice {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Ok(Self)
    }
}
