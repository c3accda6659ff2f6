use std::ffi::CString;
use std::fmt;
use std::path::Path;
use std::ptr::null;
use std::sync::Arc;

use kizuna_sys as sys;

use crate::error::Result;
use crate::handle::Handle;
use crate::text;

/// A network, read and checked. Cheap to clone.
#[derive(Clone)]
pub struct Model(Arc<Handle<sys::kizuna_model>>);

impl Model {
    /// By its name, an alias (such as those of sr_vulkan), or the path of its file.
    pub fn load(name_or_path: impl AsRef<Path>) -> Result<Self> {
        Self::load_by(Some(text::c_path(
            name_or_path.as_ref(),
            "a network's name",
        )?))
    }

    /// The default network.
    pub fn load_default() -> Result<Self> {
        Self::load_by(None)
    }

    fn load_by(name: Option<CString>) -> Result<Self> {
        let name_or_null = name.as_ref().map_or(null(), |name| name.as_ptr());
        // SAFETY: the name lives until the call returns.
        let handle = Handle::make(sys::kizuna_model_free, |out| unsafe {
            sys::kizuna_model_load(name_or_null, out)
        })?;
        Ok(Self(Arc::new(handle)))
    }

    /// Output side / input side, where that is known before the network is opened.
    pub fn scale(&self) -> Option<u32> {
        // SAFETY: the handle is good.
        let scale = unsafe { sys::kizuna_model_scale(self.as_ptr()) };
        u32::try_from(scale).ok().filter(|&scale| scale > 0)
    }

    pub(crate) fn as_ptr(&self) -> *const sys::kizuna_model {
        self.0.as_ptr()
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("scale", &self.scale())
            .finish_non_exhaustive()
    }
}
