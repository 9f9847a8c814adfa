"""A server that speaks S3, over real HTTP on this machine, started by a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

KEY, SECRET = "cle-d-essai", "secret-d-essai"
REGION = "us-east-1"


class Service:
    """One that runs; ``client`` looks at it without the product."""

    def __init__(self, server: ThreadedMotoServer) -> None:
        self._server = server
        self.is_on = True
        _host, port = server.get_host_and_port()
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name=REGION,
        )

    def bucket(self, name: str) -> str:
        """Make a bucket; return its address for STORAGE_URL."""
        self.client.create_bucket(Bucket=name)
        return f"s3://{name}/fichiers?endpoint={self.endpoint}&encryption=AES256"

    def names(self, bucket: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=bucket).get("Contents", [])
        return sorted(one["Key"] for one in found)

    def content(self, bucket: str, name: str) -> bytes:
        return bytes(self.client.get_object(Bucket=bucket, Key=name)["Body"].read())

    def stop(self) -> None:
        if self.is_on:
            self._server.stop()
            self.is_on = False


@contextmanager
def running() -> Iterator[Service]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    service = Service(server)
    try:
        yield service
    finally:
        service.stop()
