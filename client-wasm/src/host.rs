//! What the page does for a client: sockets, timers, fetches and storage.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const HOST: &str = r#"
/** What the page does for a client. The client calls it, and the page reports what came of it. */
export interface Host {
  /** Open a new socket, dropping the old one, if any, without reporting its end. */
  open(): void;
  /** Send this frame on the socket. */
  transmit(frame: string): void;
  /** Drop the socket without reporting its end. */
  close(): void;
  /** Call `woke` at this time, in milliseconds since 1970; replaces any earlier call. */
  wakeAt(at: number): void;
  /** Fetch a page of history before this seq; report it or its failure. */
  fetchHistory(before: number): void;
  /** Store this text; hand it to the next client of the same device and room as `saved`. */
  persist(saved: string): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Host")]
    pub type Host;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn open(this: &Host) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn transmit(this: &Host, frame: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn close(this: &Host) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = wakeAt)]
    pub(crate) fn wake_at(this: &Host, at: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = fetchHistory)]
    pub(crate) fn fetch_history(this: &Host, before: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn persist(this: &Host, saved: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(message: &str, error: &JsValue);
}

/// The page's own defect: it is told, and the client goes on.
pub(crate) fn report(done: Result<(), JsValue>) {
    if let Err(error) = done {
        console_error("maru: the page failed to carry out an effect", &error);
    }
}
