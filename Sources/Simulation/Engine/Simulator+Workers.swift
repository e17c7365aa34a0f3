internal import Environment
internal import JobSystem

/// Workers come and go.
extension Simulator {
    func place(of id: Int) -> Int? { workers.firstIndex { $0.id == id } }

    /// Workers that are not on their way out.
    var workersKept: Int { workers.count { $0.state != .draining } }

    /// Orders a worker: on demand until there are as many of those as there must always be, then as the fleet's share
    /// of spot workers says.
    mutating func order(readyAfter delay: Duration) {
        let kept = workers.filter { $0.state != .draining }
        let onDemand = kept.count { $0.purchase == .onDemand }
        let spot = kept.count - onDemand
        let above = kept.count + 1 - fleet.minimum
        let isSpot = onDemand >= fleet.minimum && Double(spot + 1) <= fleet.spotShare * Double(above) + 1e-9
        let worker = SimulatedWorker(
            id: workersOrdered,
            purchase: isSpot ? .spot : .onDemand,
            orderedAt: now
        )
        workersOrdered += 1
        workers.append(worker)
        tally.mostWorkers = max(tally.mostWorkers, workers.count)
        events.plan(.started(worker: worker.id), at: now + delay)
        guard isSpot, fleet.interruptionsPerHour > 0 else { return }
        let life = chance.exponential() / fleet.interruptionsPerHour * 3600
        events.plan(.interrupted(worker: worker.id), at: now + .seconds(min(life, 1e9)))
    }

    mutating func start(_ id: Int) {
        guard let index = place(of: id), workers[index].state == .starting else { return }
        workers[index].state = .ready
        meters.ready.change(by: 1, at: now)
        handOut()
    }

    /// Has a worker claim no more and go once its jobs have ended, or when its time is over.
    mutating func drain(_ index: Int) {
        switch workers[index].state {
        case .draining: return
        case .starting: return remove(index)
        case .ready: meters.ready.change(by: -1, at: now)
        }
        workers[index].state = .draining
        guard !workers[index].jobs.isEmpty else { return remove(index) }
        events.plan(.drainEnded(worker: workers[index].id), at: now + fleet.drainTimeout)
    }

    mutating func endDrain(_ id: Int) {
        guard let index = place(of: id), workers[index].state == .draining else { return }
        for job in takeJobs(from: index) where step(job, .handBack) {
            forgetProgress(of: job)
            line.insert(job, jobs[job])
        }
        remove(index)
        handOut()
    }

    /// A spot worker is taken away: with notice it drains, without it is gone and its jobs wait for the sweeper.
    mutating func interrupt(_ id: Int) {
        guard let index = place(of: id) else { return }
        guard chance.unit() < fleet.unannouncedShare else {
            tally.announced += 1
            return drain(index)
        }
        tally.unannounced += 1
        for job in takeJobs(from: index) {
            tally.returning += 1
            // Leases are renewed three times in their length, and looked for at even intervals.
            let left = fleet.lease * (1 - chance.unit() / 3)
            let found = left + fleet.sweepInterval * chance.unit()
            events.plan(.leaseExpired(job: job, attempt: jobs[job].machine.attempt), at: now + found)
        }
        if workers[index].state == .ready { meters.ready.change(by: -1, at: now) }
        remove(index)
    }

    /// Takes all jobs from a worker, with what was done of the one it worked on.
    private mutating func takeJobs(from index: Int) -> [Int] {
        let held = workers[index].jobs
        for job in held { workers[index].remove(job) }
        replan(index)
        return held
    }

    /// The worker is gone, and paid for.
    mutating func remove(_ index: Int) {
        settle(workers[index])
        workers.remove(at: index)
    }

    /// Charges a worker up to now.
    mutating func settle(_ worker: SimulatedWorker) {
        let seconds = (now - worker.orderedAt) / .seconds(1)
        tally.paidSeconds += seconds
        tally.dollars += fleet.prices.dollars(for: seconds, worker.purchase)
    }
}
