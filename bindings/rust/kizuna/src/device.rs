use crate::error::{Error, ErrorKind, Result};
use crate::json::Json;

/// What may compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// "cpu", "cuda", …: for [`EngineOptions::provider`](crate::EngineOptions::provider).
    pub provider: String,
    /// What runs networks on it.
    pub engine: String,
    /// It was opened just now.
    pub available: bool,
    /// Why it is not; empty where it is.
    pub problem: String,
    /// 0 where nobody knows.
    pub free_memory_bytes: u64,
}

impl Device {
    /// Whether it is more than the processor.
    pub fn is_graphics_card(&self) -> bool {
        !matches!(self.provider.as_str(), "cpu" | "ort-cpu")
    }
}

/// All that this build knows, in the order in which one is chosen. Asks each device, which takes a moment.
pub fn devices() -> Result<Vec<Device>> {
    let reply = Json::parse(&crate::command("devices", "{}")?)
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the library's reply is no JSON"))?;
    let device = |json: &Json| Device {
        provider: json.field("provider").text().into(),
        engine: json.field("engine").text().into(),
        available: json.field("available") == &Json::Bool(true),
        problem: json.field("problem").text().into(),
        free_memory_bytes: json.field("freeMemoryBytes").number() as u64,
    };
    Ok(reply.list().iter().map(device).collect())
}
