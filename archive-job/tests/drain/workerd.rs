//! The server is killed while it is drained, and starts again with what it stored.

use archive_job::failpoint::Point;
use integration_tests::server::Server;

use crate::job::stop_at;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_it_is_drained_loses_nothing() {
    let mut world = World::new(2).await;
    for point in [Point::Read, Point::Acknowledging] {
        world.town.write(10).await;
        let mut run = world.job.begin_with(&stop_at(point));
        run.stopped().await;
        let (state, port) = (world.path("maru"), world.maru.port());
        world.maru.kill_9();
        run.go_on();
        world.maru = Server::start(Some(&state), port);
        let ended = run.ended().await;
        // It waits for the server to come back, or says that it is not there.
        assert!(matches!(ended.code, Some(0 | 1 | 3)), "{ended:?}");
    }
    world.holds().await;
}
