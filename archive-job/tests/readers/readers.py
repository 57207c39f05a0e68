"""Reads table files as others do: DuckDB with the queries of archive-job/README.md, and pyarrow.

    readers.py REPOSITORY STORE ROOM

Answers are printed as one line of JSON.
"""

import json
import os
import re
import sys

import duckdb
import pyarrow.dataset
import pyarrow.parquet

repository, store, room = sys.argv[1:]
text = open(os.path.join(repository, "archive-job", "README.md"), encoding="utf-8").read()
section = text.split("## Reading the archive", 1)[1].split("\n## ", 1)[0]
queries = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
os.chdir(store)

database = duckdb.connect()
database.execute("SET TimeZone = 'UTC'")
database.execute(f"SET VARIABLE room = '{room}'")
answers = [database.execute(query).fetchall() for query in queries]

dataset = pyarrow.dataset.dataset("v1/l1", partitioning="hive")
table = dataset.to_table(filter=pyarrow.dataset.field("room") == room)
file = pyarrow.parquet.ParquetFile(dataset.files[0])
schema = {field.name: str(field.type) for field in file.schema_arrow}
sorting = [column.column_index for column in file.metadata.row_group(0).sorting_columns]

print(
    json.dumps(
        {
            "answers": answers,
            "lines": table.sort_by("seq").column("line").to_pylist(),
            "schema": schema,
            "sorting": sorting,
            "version": file.metadata.metadata[b"maru.version"].decode(),
        },
        default=str,
        ensure_ascii=False,
    )
)
