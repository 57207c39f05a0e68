//! The meter object: adds up what rooms report, a few of them for the whole deployment.
#![allow(missing_docs, reason = "the platform's macro writes methods without any")]

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use object_api::deadline::in_time;
use object_api::meter::{FRONT, METER_BINDING, shards};
use object_api::question;
use protocol::Timestamp;
use worker::{
    DurableObject, Env, Headers, Method, Request, Response, ResponseBuilder, Result, State,
    durable_object, wasm_bindgen,
};

use crate::meter::{self, Figures, State as Known};
use crate::problem::Problem;
use crate::report::Report;
use crate::sockets::Timer;
use crate::store::{DurableSql, Meters, StoreError};
use crate::words::Words;
use crate::{clock, log};

/// Milliseconds between two times that it stores what is news: what a crash may cost.
const SAVE_MS: u64 = 20_000;

/// Milliseconds that the other meters have for their answers.
const ANSWER_MS: u64 = 5_000;

/// The type of what Prometheus reads, and meters.
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One meter, on the platform.
#[durable_object]
pub struct Meter(Rc<Shelf>);

/// Everything around what it knows.
struct Shelf {
    state: State,
    env: Env,
    store: Meters<DurableSql>,
    /// `None` until somebody asks.
    meter: RefCell<Option<meter::Meter>>,
    saved_at: Cell<Timestamp>,
    /// As long as it runs, the object stays in memory.
    timer: Timer,
    is_timed: Cell<bool>,
}

impl DurableObject for Meter {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new_cyclic(|me: &Weak<Shelf>| {
            let me = me.clone();
            let rang = move || {
                if let Some(shelf) = me.upgrade() {
                    shelf.is_timed.set(false);
                    shelf.save_or_log();
                }
            };
            Shelf {
                store: Meters(DurableSql::new(state.storage())),
                meter: RefCell::new(None),
                saved_at: Cell::default(),
                timer: Timer::new(rang),
                is_timed: Cell::new(false),
                state,
                env,
            }
        }))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        match self.0.answer(request).await {
            Ok(response) => Ok(response),
            Err(problem) => {
                if problem.is_ours() {
                    self.0.log(&problem);
                }
                problem.into_response()
            }
        }
    }
}

impl Shelf {
    /// Answers a room, the Worker or another meter; see [`object_api::meter`].
    async fn answer(&self, mut request: Request) -> std::result::Result<Response, Problem> {
        let path = request.path();
        match (request.method(), path.as_str()) {
            (Method::Post, "/reports") => {
                let report = Report::from_text(&request.text().await?);
                let report = report.ok_or_else(|| Problem::BadRequest("no report".to_owned()))?;
                let rhythm = self.with(|meter, now| meter.report(now, report))?;
                self.save_in_time()?;
                text(PLAIN, rhythm.to_text())
            }
            (Method::Post, "/errors") => {
                let errors = request.text().await?;
                self.with(|meter, now| meter.failed(now, &errors))?;
                self.save_in_time()?;
                Ok(Response::empty()?.with_status(204))
            }
            (Method::Get, "/state/live") => text(PLAIN, self.looked_at()?.to_text()),
            (Method::Get, "/state/metrics") => text(PLAIN, self.total()?.to_text()),
            (Method::Get, "/live") => {
                let figures = self.figures("live", self.looked_at()?).await?;
                text("application/json", figures.to_json())
            }
            (Method::Get, "/metrics") => {
                text(PLAIN, self.figures("metrics", self.total()?).await?.to_metrics())
            }
            _ => Err(Problem::NotFound),
        }
    }

    /// For who looks at the last hour.
    fn looked_at(&self) -> std::result::Result<Known, Problem> {
        Ok(self.with(|meter, now| meter.state(now, true))?)
    }

    /// For Prometheus, to which a counter that went back has begun anew: so it is stored first.
    fn total(&self) -> std::result::Result<Known, Problem> {
        self.save()?;
        Ok(self.with(|meter, now| meter.state(now, false))?)
    }

    /// What all meters know; figures without one of them would be wrong.
    async fn figures(&self, why: &str, own: Known) -> std::result::Result<Figures, Problem> {
        let mut figures = Figures::new(clock::now());
        figures.add(&own);
        let url = format!("https://meter/state/{why}");
        in_time(ANSWER_MS, async {
            for shard in shards().filter(|shard| shard != FRONT) {
                let stub = self.env.durable_object(METER_BINDING)?.get_by_name(&shard)?;
                let request = question::request(&Method::Get, &url, &Headers::new(), None)?;
                let text = stub.fetch_with_request(request).await?.text().await?;
                let state = Known::from_text(&text);
                figures.add(&state.ok_or_else(|| format!("meter {shard} answered {text}"))?);
            }
            Ok(())
        })
        .await?;
        Ok(figures)
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut meter::Meter, Timestamp) -> T,
    ) -> std::result::Result<T, StoreError> {
        let now = clock::now();
        let mut meter = self.meter.borrow_mut();
        let meter = match meter.as_mut() {
            Some(meter) => meter,
            None => meter.insert(self.store.load(now)?),
        };
        Ok(work(meter, now))
    }

    /// Stores what is news at once if it has not for a while, else when it is time.
    fn save_in_time(&self) -> std::result::Result<(), StoreError> {
        let passed_ms = clock::now().ms_since(self.saved_at.get());
        if passed_ms >= SAVE_MS {
            return self.save();
        }
        if !self.is_timed.replace(true) {
            self.timer.set(SAVE_MS.saturating_sub(passed_ms));
        }
        Ok(())
    }

    fn save(&self) -> std::result::Result<(), StoreError> {
        self.saved_at.set(clock::now());
        let mut meter = self.meter.borrow_mut();
        let Some(known) = meter.as_mut().filter(|meter| !meter.is_saved()) else {
            return Ok(());
        };
        let saved = self.store.save(known);
        if saved.is_err() {
            // What was stored before is what counts.
            *meter = None;
        }
        saved
    }

    fn save_or_log(&self) {
        if let Err(error) = self.save() {
            self.log(&error);
        }
    }

    fn log(&self, cause: &dyn std::fmt::Display) {
        log::error("meter", self.state.id().name().as_deref(), cause);
    }
}

fn text(content_type: &str, text: String) -> std::result::Result<Response, Problem> {
    let headers = Headers::new();
    headers.set("content-type", content_type)?;
    Ok(ResponseBuilder::new().with_headers(headers).fixed(text.into_bytes()))
}
