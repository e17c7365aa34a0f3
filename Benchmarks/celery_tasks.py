"""The Celery application that Dragoman is compared with: one task that does what the simulated engine does.

Its environment says which of the two it is (see queue_celery.py). Run as a program it is a producer: it prints `ready`,
waits for a line, sends so many tasks, and prints `done`.
"""

import os
import sys

from celery import Celery, signals

app = Celery("celery_tasks", broker=os.environ["QUEUE_BROKER"], backend=os.environ.get("QUEUE_BACKEND") or None)
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_ignore_result="QUEUE_BACKEND" not in os.environ,
    worker_enable_remote_control=False,
    # What a task prints would go to the log, and `ready` with it.
    worker_redirect_stdouts=False,
    # Redelivery of what a worker holds must not come in the middle of a measurement.
    visibility_timeout=3600,
)
if os.environ.get("QUEUE_IS_SAFE"):
    # What Dragoman promises: accepted is kept, and work is done again if whoever did it is gone.
    app.conf.update(
        task_acks_late=True, task_reject_on_worker_lost=True, broker_transport_options={"confirm_publish": True},
    )


@app.task
def translate(text: str) -> str:
    return "[de] " + " ".join(reversed(text.split(" ")))


@signals.worker_ready.connect
def tell(**_):
    print("ready", flush=True)


def produce(count: int) -> None:
    from submitter import sentences

    texts = sentences(count)
    # Connects and declares the queue before the clock runs.
    with app.producer_or_acquire() as producer:
        app.amqp.queues["celery"](producer.channel).declare()
        print("ready", flush=True)
        sys.stdin.readline()
        for text in texts:
            translate.apply_async((text,), producer=producer)
    print("done", flush=True)


if __name__ == "__main__":
    # Tasks are named after their module.
    sys.modules["celery_tasks"] = sys.modules["__main__"]
    produce(int(sys.argv[1]))
