"""A DAG whose first task extracts data by a schema, and hands it to the next ones by XCom.

Needs `pip install apache-airflow "mcp>=2"`, and ai-endpoints-mcp in the workers' PATH. Put it into the folder of DAGs, then:
airflow dags test invoices
"""

import asyncio

from airflow.sdk import dag, task
from mcp import Client, StdioServerParameters

# Without --sandbox models answer. The key is read from the worker's environment: env={"OVH_AI_ENDPOINTS_ACCESS_TOKEN": …}.
SERVER = StdioServerParameters(command="ai-endpoints-mcp", args=["--sandbox"])

INVOICE = "Seller: Brasserie Lille. 12 coffees at 2.50 EUR. Total: 30.00 EUR. Due: 2026-12-24."
SCHEMA = {
    "type": "object",
    "properties": {"seller": {"type": "string"}, "total": {"type": "number"}, "due": {"type": "string", "format": "date"}},
    "required": ["seller", "total", "due"],
}


async def call(tool, arguments):
    async with Client(SERVER) as client:
        result = await client.call_tool(tool, arguments)
    # The text of a failure says what to do; raised, it is in the task's log, and Airflow tries again if the task has retries.
    if result.is_error:
        raise RuntimeError(result.content[0].text)
    return result.structured_content


@dag(schedule=None)
def invoices():
    @task
    def extract(text):
        return asyncio.run(call("structured-extract", {"text": text, "schema": SCHEMA}))["data"]

    # The data is valid against the schema, so a task need not look again.
    @task
    def remind(invoice):
        prompt = f"Write a reminder to pay {invoice['total']:.2f} EUR to {invoice['seller']} by {invoice['due']}."
        return asyncio.run(call("chat", {"prompt": prompt}))["content"]

    @task
    def check(invoice, reminder):
        assert invoice == {"seller": "Brasserie Lille", "total": 30, "due": "2026-12-24"}, invoice
        # The sandbox's answer repeats the question, so it has the data that came by XCom.
        assert "30.00 EUR to Brasserie Lille by 2026-12-24" in reminder, reminder
        print(reminder)

    invoice = extract(INVOICE)
    check(invoice, remind(invoice))


invoices()
