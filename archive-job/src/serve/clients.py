"""What the official clients of Elasticsearch and OpenSearch do with `archive-job serve`.

Usage: clients.py URL TOKEN. Ends with 0 if everything is as expected.
"""

import sys

import elasticsearch
import elasticsearch.helpers
import opensearchpy
import opensearchpy.helpers

URL, TOKEN = sys.argv[1:]
MAY = 1_777_593_600_000
DAY = 86_400_000
ROOM, OTHER = "0" * 20, "1" * 20
USER = "a" * 20


def document(room, seq, body, at=None, **more):
    """A message as the index takes it."""
    at = MAY + seq * DAY if at is None else at
    return {"room": room, "seq": seq, "at": at, "by": USER, "body": body, **more}


def actions(documents, kind="index"):
    """Actions of a bulk, one for each document."""
    for source in documents:
        identity = f"{source['room']}:{source['seq']}"
        yield {"_op_type": kind, "_index": "maru-2026-05", "_id": identity, "_source": source}


def check(have, want):
    """Ends the program unless both are equal."""
    if have != want:
        raise SystemExit(f"have {have!r}, want {want!r}")


def bodies(found):
    """The texts of what was found, in order."""
    return [hit["_source"]["body"] for hit in found["hits"]["hits"]]


def exercise(client, helpers, errors, search, delete):
    """The same for both clients, which differ in how they pass a body."""
    documents = [document(ROOM, n, f"회의록 {n}") for n in range(1, 6)]
    documents.append(document(OTHER, 1, "deploy 실패", has_file=True))
    check(helpers.bulk(client, actions(documents)), (6, []))
    client.indices.refresh(index="maru-*")

    words = {"query_string": {"query": "회의", "default_field": "body"}}
    query = {"bool": {"must": [words], "filter": [{"terms": {"room": [ROOM, OTHER]}}]}}
    order = [{"at": "desc"}, {"room": "asc"}, {"seq": "desc"}]
    page = search({"query": query, "sort": order, "size": 2})
    check(bodies(page), ["회의록 5", "회의록 4"])
    last = page["hits"]["hits"][-1]
    check(last["sort"], [MAY + 4 * DAY, ROOM, 4])
    check(last["ranges"], [[0, 2]])
    page = search({"query": query, "sort": order, "size": 9, "search_after": last["sort"]})
    check(bodies(page), ["회의록 3", "회의록 2", "회의록 1"])
    check(page["hits"]["total"], {"value": 3, "relation": "eq"})

    marked = {"query": {"match": {"body": "DEPLOY"}}, "highlight": {"fields": {"body": {}}}}
    hit = search(marked)["hits"]["hits"][0]
    check(hit["highlight"]["body"], ["<em>deploy</em> 실패"])
    check(client.count(index="maru", body={"query": words})["count"], 5)
    check(client.get(index="maru", id=f"{ROOM}:3")["_source"]["body"], "회의록 3")

    # What is there already, and what is no message, fails alone.
    late = [document(ROOM, 1, "again"), document(ROOM, 9, "회의록 9"), {"room": ROOM, "seq": 10}]
    done, failed = helpers.bulk(client, actions(late, "create"), raise_on_error=False)
    check(done, 1)
    check([item["create"]["status"] for item in failed], [409, 400])
    check(failed[0]["create"]["error"]["type"], "version_conflict_engine_exception")

    try:
        search({"query": {"fuzzy": {"body": "x"}}})
        raise SystemExit("an unknown query was answered")
    except errors.RequestError as error:
        check(error.status_code, 400)
        check("unknown query [fuzzy]" in str(error), True)
    try:
        client.get(index="maru", id=f"{ROOM}:77")
        raise SystemExit("a missing document was answered")
    except errors.NotFoundError as error:
        check(error.status_code, 404)

    check(delete({"query": {"term": {"room": ROOM}}})["deleted"], 6)
    check(bodies(search({"query": {"match_all": {}}})), ["deploy 실패"])
    check(helpers.bulk(client, [{"_op_type": "delete", "_index": "maru-2026-05",
                                 "_id": f"{OTHER}:1"}]), (1, []))
    check(search({"track_total_hits": True})["hits"]["total"], {"value": 0, "relation": "eq"})
    check(client.cluster.health()["status"], "green")


class ElasticsearchErrors:
    """The names that OpenSearch's client has kept."""

    RequestError = elasticsearch.BadRequestError
    NotFoundError = elasticsearch.NotFoundError


def main():
    """Both clients, and one without a token."""
    client = elasticsearch.Elasticsearch(URL, bearer_auth=TOKEN)
    check(client.ping(), True)
    exercise(
        client,
        elasticsearch.helpers,
        ElasticsearchErrors,
        lambda body: client.search(index="maru-*", body=body).body,
        lambda body: client.delete_by_query(index="maru-*", body=body).body,
    )
    try:
        elasticsearch.Elasticsearch(URL).info()
        raise SystemExit("no token was needed")
    except elasticsearch.AuthenticationException:
        pass

    headers = {"authorization": f"Bearer {TOKEN}"}
    other = opensearchpy.OpenSearch(URL, headers=headers)
    check(other.ping(), True)
    exercise(
        other,
        opensearchpy.helpers,
        opensearchpy,
        lambda body: other.search(index="maru-*", body=body),
        lambda body: other.delete_by_query(index="maru-*", body=body),
    )


main()
