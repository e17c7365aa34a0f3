internal import Environment
internal import JobSystem
internal import Testing

extension JobStoreContract {
    static let deciding: [ContractCase<JobStoreContract>] = [
        ContractCase("a cancelled job ends at once, and its worker's result is lost") { suite async throws in
            let job = try await suite.submit()
            let claim = try await suite.claim()
            let cancelled = try #require(try await suite.other.cancel(job.id, at: start + .seconds(1)))
            #expect(cancelled.state == .cancelled && cancelled.endedAt == start + .seconds(1))
            #expect(try await suite.store.settle(claim, as: .completed(result: "{}"), at: start) == .lost)
            #expect(try await suite.store.result(of: job.id) == nil)
        },
        ContractCase("a dead letter is listed until it is tried again") { suite async throws in
            var dead: [JobID] = []
            for second in 0..<5 {
                dead.insert(try await suite.job(in: .failed, at: start + .seconds(second)).id, at: 0)
            }
            _ = try await suite.submit()
            _ = try await suite.settle(try await suite.claim(), as: .failed(failure, deadLetter: false))
            let first = try await suite.store.deadLetters(limit: 3, cursor: nil)
            let second = try await suite.store.deadLetters(limit: 3, cursor: first.next)
            #expect((first.jobs + second.jobs).map(\.id) == dead)
            #expect(second.next == nil)
            let time = start + .seconds(90)
            let retried = try #require(try await suite.store.retry(dead[0], at: time))
            #expect(retried.stateMachine == JobStateMachine(state: .queued, attempt: 1, failures: 0))
            #expect(retried.dueAt == retried.priority.due(submittedAt: time) && retried.endedAt == nil)
            #expect(try await suite.store.deadLetters(limit: 9, cursor: nil).jobs.map(\.id) == Array(dead.dropFirst()))
            #expect(try await suite.claimAll(at: time).map(\.job.attempt) == [2])
        },
        ContractCase("only an ended job can be erased, and nothing of it stays") { suite async throws in
            for state in JobState.allCases {
                let job = try await suite.job(in: state)
                if state.hasEnded {
                    #expect(try await suite.store.erase(job.id))
                    #expect(try await suite.other.job(job.id) == nil)
                    #expect(try await suite.other.input(of: job.id) == nil)
                    #expect(try await suite.other.result(of: job.id) == nil)
                } else {
                    let error = await #expect(throws: JobError.self) { _ = try await suite.store.erase(job.id) }
                    #expect(error?.code == .conflict)
                    _ = try await suite.store.cancel(job.id, at: start)
                }
            }
        },
        ContractCase("erasing an owner takes everything, running jobs included, and nobody else's") {
            suite async throws in
            let request = SampleJobs.request(key: "k")
            let waiting = try await suite.submit(request)
            let claim = try await suite.claim()
            let running = try await suite.submit()
            let others = try await suite.submit(SampleJobs.request(owner: "eve"))
            #expect(Set(try await suite.store.eraseAll(ofOwner: "ada")) == [waiting.id, running.id])
            #expect(try await suite.store.settle(claim, as: .completed(result: "{}"), at: start) == .lost)
            #expect(try await suite.store.jobs(JobListQuery(owner: "ada")).jobs.isEmpty)
            #expect(try await suite.store.job(others.id) == others)
            #expect(try await suite.submit(request).id != waiting.id, "the key must be forgotten too")
        },
        ContractCase("a job leaves with all about it when its retention is over") { suite async throws in
            let request = SampleJobs.request(key: "k", retention: .seconds(100))
            let kept = try await suite.submit(request)
            _ = try await suite.settle(try await suite.claim(), as: .completed(result: "{}"))
            let ephemeral = try await suite.submit(SampleJobs.request(retention: .zero))
            _ = try await suite.settle(try await suite.claim(), as: .completed(result: "{}"))
            let waiting = try await suite.submit(SampleJobs.request(retention: .zero))

            #expect(try await suite.store.eraseExpired(at: start + .seconds(59), limit: 9) == 0)
            #expect(try await suite.store.eraseExpired(at: start + .seconds(60), limit: 9) == 1)
            #expect(try await suite.store.job(ephemeral.id) == nil)
            #expect(try await suite.store.result(of: kept.id) == "{}")
            #expect(try await suite.store.eraseExpired(at: start + .seconds(100), limit: 9) == 1)
            #expect(try await suite.store.job(kept.id) == nil)
            #expect(try await suite.store.input(of: kept.id) == nil)
            #expect(try await suite.store.result(of: kept.id) == nil)
            #expect(try await suite.submit(request).id != kept.id, "the key must be forgotten too")
            #expect(try await suite.store.job(waiting.id) == waiting)
            #expect(try await suite.store.eraseExpired(at: start + .seconds(100), limit: 9) == 0)
        },
        ContractCase("dead letters leave like all others, and cannot be tried again then") { suite async throws in
            let job = try await suite.job(in: .failed)
            #expect(try await suite.store.eraseExpired(at: start + job.retention, limit: 9) == 1)
            #expect(try await suite.store.deadLetters(limit: 9, cursor: nil).jobs.isEmpty)
            #expect(try await suite.store.retry(job.id, at: start) == nil)
        },
        ContractCase("no more leave at once than are asked for, those that ended first") { suite async throws in
            var ids: [JobID] = []
            for second in 0..<5 { ids.append(try await suite.job(in: .cancelled, at: start + .seconds(second)).id) }
            let late = start + .seconds(100 * 86_400)
            #expect(try await suite.store.eraseExpired(at: late, limit: 2) == 2)
            let left = try await suite.store.jobs(JobListQuery(owner: "ada")).jobs.map(\.id)
            #expect(Set(left) == Set(ids.dropFirst(2)))
        },
    ]

    static let overview: [ContractCase<JobStoreContract>] = [
        ContractCase("the queue's status tells what waits and runs by class") { suite async throws in
            #expect(try await suite.store.queueStatus() == QueueStatus())
            _ = try await suite.submit(SampleJobs.request(priority: Priority(.critical)))
            _ = try await suite.claimAll()
            _ = try await suite.submit(SampleJobs.request(words: 5), at: start + .seconds(2))
            _ = try await suite.submit(SampleJobs.request(words: 7), at: start + .seconds(1))
            let status = try await suite.store.queueStatus()
            #expect(status.waiting == [.standard: .init(jobs: 2, words: 12, oldest: start + .seconds(1))])
            #expect(status.processing == [.critical: 1])
            #expect(status.waitingJobs == 2)
            let counts = try await suite.store.counts()
            #expect(
                Set(counts) == [
                    JobCount(state: .queued, priorityClass: .standard, jobs: 2),
                    JobCount(state: .processing, priorityClass: .critical, jobs: 1),
                ]
            )
        },
        ContractCase("a position counts the jobs and words that come before") { suite async throws in
            let last = try await suite.submit(SampleJobs.request(words: 1), at: start)
            let first = try await suite.submit(SampleJobs.request(priority: Priority(.critical), words: 40), at: start)
            let second = try await suite.submit(SampleJobs.request(priority: Priority(.high), words: 2), at: start)
            #expect(try await suite.store.position(of: first.id) == QueuePosition(position: 1, wordsAhead: 0))
            #expect(try await suite.store.position(of: second.id) == QueuePosition(position: 2, wordsAhead: 40))
            #expect(try await suite.store.position(of: last.id) == QueuePosition(position: 3, wordsAhead: 42))
            _ = try await suite.claimAll()
            #expect(try await suite.store.position(of: last.id) == nil)
        },
        ContractCase("statistics count by day, languages, class and state") { suite async throws in
            let day = Duration.seconds(86_400)
            for (offset, seconds) in [(Duration.zero, 30), (.zero, 31), (day, 5)] {
                let time = start + offset
                _ = try await suite.submit(SampleJobs.request(priority: Priority(.critical), words: 10), at: time)
                let claim = try await suite.claim(at: time + .seconds(1))
                _ = try await suite.settle(claim, as: .completed(result: "{}"), at: time + .seconds(seconds))
            }
            _ = try await suite.submit(SampleJobs.request(owner: "eve"), at: start)
            func row(_ day: Timestamp, _ jobs: Int, _ time: Int, _ inTime: Int) -> JobStatistics {
                JobStatistics(
                    day: day,
                    languages: JobLanguages(source: "en", target: "hi"),
                    priorityClass: .critical,
                    state: .completed,
                    jobs: jobs,
                    words: jobs * 10,
                    processingTime: .seconds(time),
                    withinServiceLevel: inTime
                )
            }
            let query = StatisticsQuery(owner: "ada", from: start, until: start + day + day)
            #expect(try await suite.store.statistics(query) == [row(start + day, 1, 4, 1), row(start, 2, 59, 1)])
            let firstDay = StatisticsQuery(from: start, until: start + day)
            #expect(try await suite.store.statistics(firstDay).map(\.jobs) == [2, 1])
        },
    ]
}
