//! Who wants to know of changes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::host::report;

/// Who wants to know of changes.
#[derive(Default)]
pub(crate) struct Listeners {
    by_key: Rc<RefCell<BTreeMap<u32, Function>>>,
    last_key: Cell<u32>,
}

impl Listeners {
    /// Adds one; answers a function that removes it.
    pub(crate) fn add(&self, listener: Function) -> JsValue {
        let key = self.last_key.get().wrapping_add(1);
        self.last_key.set(key);
        self.by_key.borrow_mut().insert(key, listener);
        let by_key = Rc::clone(&self.by_key);
        let remove = move || drop(by_key.borrow_mut().remove(&key));
        Closure::<dyn FnMut()>::new(remove).into_js_value()
    }

    /// Calls them all; they may add and remove others.
    pub(crate) fn call(&self) {
        let listeners: Vec<Function> = self.by_key.borrow().values().cloned().collect();
        for listener in listeners {
            report(listener.call0(&JsValue::UNDEFINED).map(drop));
        }
    }
}
