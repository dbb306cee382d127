"""The SQS queue that Amazon's notifications arrive in, by boto3 and the credentials it finds.

boto3 is loaded when a queue is read and not before: a run without one does not pay for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from amazon_sp import AmazonError
from amazon_sp.hosts import secure

MOST = 10
_DEFAULT_REGION = "us-east-1"


class QueueFault(AmazonError):
    """The queue cannot be read, or a message not deleted."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the queue gave it; received: how often it was given so far."""

    message_id: str
    receipt: str
    body: str
    received: int


class Queue:
    """One SQS queue, by its URL; on this machine the URL's host is the whole service.

    wait: seconds that the queue may look for messages before it says that there are none.
    """

    def __init__(self, url: str, wait: int = 1) -> None:
        self.url, self._wait = secure(url, "sqs_queue_url"), wait

    def receive(self) -> list[Message]:
        """Give up to ten messages; they stay in the queue, out of sight for a while."""
        with _faults("sqs:ReceiveMessage"):
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=MOST,
                WaitTimeSeconds=self._wait,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        return [
            Message(
                each["MessageId"],
                each["ReceiptHandle"],
                each["Body"],
                int(each.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for each in answer.get("Messages", [])
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        """Delete messages for good; one that is not deleted comes again, which does no harm."""
        for start in range(0, len(messages), MOST):
            entries = [
                {"Id": str(at), "ReceiptHandle": each.receipt}
                for at, each in enumerate(messages[start : start + MOST])
            ]
            with _faults("sqs:DeleteMessage"):
                self._client.delete_message_batch(QueueUrl=self.url, Entries=entries)

    def attributes(self) -> dict[str, str]:
        """Give what the queue says of itself: how many wait, where refused messages go."""
        with _faults("sqs:GetQueueAttributes"):
            answer = self._client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages", "RedrivePolicy"]
            )
        return dict(answer.get("Attributes", {}))

    @cached_property
    def _client(self) -> Any:
        import boto3

        parts = urlsplit(self.url)
        names = (parts.hostname or "").split(".")
        on_aws = names[-2:] == ["amazonaws", "com"] or names[-3:-1] == ["amazonaws", "com"]
        region = names[1] if on_aws and names[0] == "sqs" else os.environ.get("AWS_DEFAULT_REGION")
        with _faults("the credentials"):
            return boto3.client(
                "sqs",
                region_name=region or _DEFAULT_REGION,
                endpoint_url=None if on_aws else f"{parts.scheme}://{parts.netloc}",
            )


@contextmanager
def _faults(action: str) -> Iterator[None]:
    """Turn what boto3 raises into one line that says what to do."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise QueueFault(
            f"The queue of sqs_queue_url refuses: check its address and that the AWS credentials"
            f" allow {action} on it ({told.get('Code')}: {told.get('Message')})",
            error.response.get("ResponseMetadata", {}).get("RequestId"),
        ) from None
    except BotoCoreError as error:
        raise QueueFault(
            "The queue of sqs_queue_url cannot be reached: check its address, the network and the"
            f" AWS credentials of this machine ({type(error).__name__})"
        ) from None
