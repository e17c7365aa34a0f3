/// What the metrics mean, for `/metrics`, by the names that the code gives them.
enum MetricDescriptions {
    static let all: [String: String] = [
        "dragoman_http_requests_total": "Requests by method, route and status.",
        "dragoman_http_request_duration_seconds": "Time from a request to the end of its answer.",
        "dragoman_websocket_connections": "WebSockets that are open.",
        "dragoman_queue_jobs": "Jobs of the whole installation that wait, by class.",
        "dragoman_queue_words": "Words of the jobs that wait, by class.",
        "dragoman_queue_oldest_seconds": "How long the job that waits longest has waited, by class.",
        "dragoman_jobs_processing": "Jobs of the whole installation that are worked on, by class.",
        "dragoman_jobs": "Jobs of the whole installation, by state and class.",
        "dragoman_jobs_ended": "Jobs that ended in this process, by state, class and kind.",
        "dragoman_job_handling_seconds": "Time from a job's claim to its end, in this process.",
        "dragoman_job_retries": "Attempts in this process that failed and are tried again.",
        "dragoman_job_revocations": "Attempts whose job was cancelled, erased or taken over meanwhile.",
        "dragoman_job_leases_lost": "Leases of silent workers that this process took back.",
        "dragoman_dead_letters": "Jobs that failed too often, in this process.",
        "dragoman_service_level": "Completed jobs by class and whether they ended within its service level.",
        "dragoman_words_translated": "Source words of the jobs that this process completed.",
        "dragoman_store_failures": "Calls of the database that failed.",
        "dragoman_segment_cache_hits": "Segments that were found in the segment cache since the start.",
        "dragoman_segment_cache_misses": "Segments that were not found there since the start.",
        "dragoman_engine_rows_per_second":
            "Rows (sentences times beams) that the engine decoded a step further, a second.",
        "dragoman_engine_batch_rows": "Rows of a decoding step, on average.",
        "dragoman_engine_batch_fill": "Share of the rows that a batch may have which a decoding step had, on average.",
        "dragoman_broker_connected": "Whether messages get through RabbitMQ (1) or not (0).",
        "dragoman_broker_messages": "Messages of this process since the start, by what became of them.",
        "dragoman_redis_connected": "Whether Redis can be reached (1) or not (0).",
        "dragoman_redis_failures": "Commands since the start that Redis did not answer.",
    ]
}
