//! What the page does for a machine: sockets, timers, fetches and storage.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const HOST: &str = r#"
/** What the page does for an inbox. The machine calls it, and the page reports what came of it. */
export interface InboxHost {
  /** Open a new socket, dropping the old one, if any, without reporting its end. */
  open(): void;
  /** Send this frame on the socket. */
  transmit(frame: string): void;
  /** Drop the socket without reporting its end. */
  close(): void;
  /** Call `woke` at this time, in milliseconds since 1970; replaces any earlier call. */
  wakeAt(at: number): void;
}

/**
 * A page of history: the entries before, after or around a seq, or the thread that begins there,
 * with the newest replies before `before`, if that is given.
 */
export interface PageRequest {
  t: "before" | "after" | "around" | "thread";
  seq: number;
  before: number | null;
  /** The revision to ask for. */
  revision: number;
}

/** What the page does for the client of a room. */
export interface Host extends InboxHost {
  /**
   * Fetch a page of history, then the amendments from its first seq to its last; report the two
   * texts, one after the other, or the failure. A page of a thread holds its amendments.
   */
  fetchPage(id: number, page: PageRequest): void;
  /** Store this text; hand it to the next client of the same device and room as `saved`. */
  persist(saved: string): void;
}
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "InboxHost")]
    pub type InboxHost;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn open(this: &InboxHost) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn transmit(this: &InboxHost, frame: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn close(this: &InboxHost) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = wakeAt)]
    pub(crate) fn wake_at(this: &InboxHost, at: f64) -> Result<(), JsValue>;

    #[wasm_bindgen(extends = InboxHost, typescript_type = "Host")]
    pub type Host;
    #[wasm_bindgen(method, catch, js_name = fetchPage)]
    pub(crate) fn fetch_page(this: &Host, id: f64, page: JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn persist(this: &Host, saved: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(message: &str, error: &JsValue);
}

/// The page's own defect: it is told, and the machine goes on.
pub(crate) fn report(done: Result<(), JsValue>) {
    if let Err(error) = done {
        console_error("maru: the page failed to carry out an effect", &error);
    }
}
