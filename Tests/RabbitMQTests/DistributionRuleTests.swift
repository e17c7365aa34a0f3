import Contracts
import Environment
import JobSystem
import RabbitMQ
import Testing

/// The rules of distribution, without a broker.
struct DistributionRuleTests {
    // MARK: Turns

    private static let shares: [([PriorityClass], [Int])] = [
        (PriorityClass.allCases, [12, 3, 1]), ([.critical, .high], [13, 3, 0]), ([.critical, .standard], [15, 0, 1]),
        ([.high, .standard], [0, 15, 1]), ([.standard], [0, 0, 16]),
    ]

    @Test(arguments: shares)
    func ofSixteenPicksEveryWaitingClassGetsItsShare(waiting: [PriorityClass], shares: [Int]) {
        var turns = ClassTurns()
        let picks = (0..<160).compactMap { _ in turns.next(among: Set(waiting)) }
        // Wherever one begins to count.
        for start in 0..<144 {
            let window = picks[start..<(start + 16)]
            #expect(PriorityClass.allCases.map { priority in window.count { $0 == priority } } == shares)
        }
    }

    @Test func withoutMessagesNobodyHasATurn() {
        var turns = ClassTurns()
        let nobody = turns.next(among: [])
        #expect(nobody == nil)
    }

    // MARK: Buffer

    private func message(_ priority: PriorityClass, tag: UInt64) -> DeliveredMessage {
        let request = SampleJobs.request(priority: Priority(priority))
        let job = SampleJobs.submission(request, at: ManualTime.start).job
        return DeliveredMessage(message: JobMessage(job), tag: tag, generation: 1)
    }

    @Test func messagesOfAClassComeInTheirOrderAndGoBackToTheFront() {
        var buffer = MessageBuffer()
        for tag in 1...9 { buffer.add(message(tag % 3 == 0 ? .high : .standard, tag: UInt64(tag))) }
        func take(_ limit: Int, _ classes: Set<PriorityClass>) -> [UInt64] {
            buffer.take(limit, of: classes).map(\.tag)
        }
        #expect(take(2, [.standard]) == [1, 2])
        let taken = buffer.take(2, of: [.standard])
        #expect(taken.map(\.tag) == [4, 5])
        buffer.putBack(taken)
        #expect(buffer.count == 7)
        #expect(take(9, [.high]) == [3, 6, 9])
        #expect(take(9, [.standard, .critical]) == [4, 5, 7, 8])
        #expect(take(9, Set(PriorityClass.allCases)) == [])
    }

    @Test func messagesAboutJobsFoundOtherwiseAreTakenOut() {
        var buffer = MessageBuffer()
        let messages = (1...5).map { message(.standard, tag: UInt64($0)) }
        for message in messages { buffer.add(message) }
        let known = Set([messages[1], messages[3]].map(\.message.id))
        let removed = buffer.remove(known)
        #expect(removed.map(\.tag) == [2, 4])
        #expect(buffer.remove(known) == [])
        let left = buffer.take(9, of: [.standard])
        #expect(left.map(\.tag) == [1, 3, 5])
    }

    // MARK: Looking in the store

    private static let begin = ContinuousClock.now

    private func job(submittedAfter seconds: Int) -> Job {
        SampleJobs.submission(at: ManualTime.start + .seconds(seconds)).job
    }

    @Test func workerLooksAtFirstAndAtIntervalsHoweverManyMessagesCome() {
        var schedule = SweepSchedule(interval: .seconds(5))
        let looks = (0..<20).filter { second in
            schedule.begin(at: Self.begin + .seconds(second), hasMessages: true)
        }
        #expect(looks == [0, 5, 10, 15])
    }

    @Test func workerLooksWhenNothingCameAndWhenToldTo() {
        var schedule = SweepSchedule(interval: .seconds(5))
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == true)
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == false)
        #expect(schedule.begin(at: Self.begin, hasMessages: false, nothingCame: true) == true)
        schedule.hurry()
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == true)
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == false)
    }

    @Test func fruitfulLookWithoutMessagesIsFollowedByAnother() {
        var schedule = SweepSchedule(interval: .seconds(5))
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == true)
        schedule.end(found: [job(submittedAfter: 0), job(submittedAfter: 1)], limit: 2, hasMessages: false)
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == true)
        schedule.end(found: [job(submittedAfter: 2)], limit: 2, hasMessages: false)
        #expect(schedule.begin(at: Self.begin, hasMessages: false) == false)
    }

    @Test func overlookedJobsAreLookedForAtEveryOtherTurn() {
        var schedule = SweepSchedule(interval: .seconds(5))
        #expect(schedule.begin(at: Self.begin, hasMessages: true) == true)
        schedule.note(messaged: [job(submittedAfter: 100)])
        schedule.end(found: [job(submittedAfter: 90)], limit: 1, hasMessages: true)
        let turns = (0..<6).map { _ in
            let isLook = schedule.begin(at: Self.begin, hasMessages: true)
            if isLook { schedule.end(found: [job(submittedAfter: 91)], limit: 1, hasMessages: true) }
            return isLook
        }
        #expect(turns == [false, true, false, true, false, true])
        // A job whose message may be on its way is no reason.
        #expect(schedule.begin(at: Self.begin, hasMessages: true) == false)
        #expect(schedule.begin(at: Self.begin, hasMessages: true) == true)
        schedule.end(found: [job(submittedAfter: 96)], limit: 1, hasMessages: true)
        #expect(schedule.begin(at: Self.begin, hasMessages: true) == false)
        #expect(schedule.begin(at: Self.begin, hasMessages: true) == false)
    }

    // MARK: Outbox

    private func messages(_ count: Int) -> [JobMessage] { (0..<count).map { message(.high, tag: UInt64($0)).message } }

    private func settle(
        _ outbox: inout Outbox,
        _ tag: UInt64,
        multiple: Bool = false,
        accepted: Bool = true
    ) -> Outbox.Settled {
        outbox.settle(tag, isMultiple: multiple, isAccepted: accepted, at: Self.begin, random: 0)
    }

    @Test func outboxSendsAWindowAndMoreAsItIsConfirmed() {
        var outbox = Outbox(capacity: 100, window: 3)
        let all = messages(6)
        #expect(outbox.append(all) == 0)
        #expect(outbox.take(at: Self.begin) == Array(all[0..<3]))
        #expect(outbox.take(at: Self.begin) == [])
        #expect(settle(&outbox, 2) == Outbox.Settled(confirmed: 1))
        #expect(settle(&outbox, 2) == Outbox.Settled())
        #expect(outbox.take(at: Self.begin) == [all[3]])
        #expect(settle(&outbox, 4, multiple: true) == Outbox.Settled(confirmed: 3))
        #expect(settle(&outbox, .max, multiple: true) == Outbox.Settled())
        #expect(outbox.take(at: Self.begin) == Array(all[4...]))
        #expect(settle(&outbox, 6, multiple: true) == Outbox.Settled(confirmed: 2))
        #expect(outbox.isEmpty)
    }

    @Test func outboxHoldsNoMoreThanItsCapacity() {
        var outbox = Outbox(capacity: 5, window: 2)
        #expect(outbox.append(messages(3)) == 0)
        _ = outbox.take(at: Self.begin)
        #expect(outbox.append(messages(4)) == 2)
        #expect(outbox.count == 5)
    }

    @Test func afterALostConnectionTheUnconfirmedAreSentAgainInOrder() {
        var outbox = Outbox(capacity: 100, window: 4)
        let all = messages(6)
        _ = outbox.append(all)
        _ = outbox.take(at: Self.begin)
        _ = settle(&outbox, 2)
        outbox.startOver()
        #expect(outbox.take(at: Self.begin) == [all[0], all[2], all[3], all[4]])
        // Numbered anew.
        #expect(settle(&outbox, 1) == Outbox.Settled(confirmed: 1))
        #expect(outbox.take(at: Self.begin) == [all[5]])
    }

    @Test func refusedMessagesAreSentAgainAfterAPauseThatGrows() throws {
        var outbox = Outbox(capacity: 100, window: 4)
        let all = messages(2)
        _ = outbox.append(all)
        #expect(outbox.take(at: Self.begin) == all)
        #expect(settle(&outbox, 2, multiple: true, accepted: false) == Outbox.Settled(refused: 2))
        #expect(outbox.take(at: Self.begin) == [])
        let first = try #require(outbox.resumesAt)
        #expect(outbox.take(at: first) == all)
        #expect(settle(&outbox, 3, accepted: false) == Outbox.Settled(refused: 1))
        #expect(try #require(outbox.resumesAt) - Self.begin > first - Self.begin)
    }

    // MARK: Acknowledgements

    @Test func deliveriesSettledInOrderAreAcknowledgedTogetherAndOthersAlone() {
        var acknowledgements = Acknowledgements()
        func settle(_ tags: Set<UInt64>) -> [String] {
            acknowledgements.settle(tags).map { $0.isMultiple ? "to \($0.tag)" : "\($0.tag)" }
        }
        for tag in 1...12 { acknowledgements.add(UInt64(tag)) }
        #expect(settle([]) == [])
        #expect(settle([1, 2, 3]) == ["to 3"])
        #expect(settle([6, 5]) == ["5", "6"])
        // 5 and 6 are known already: an acknowledgement of those would name a delivery that is no more.
        #expect(settle([4]) == ["to 4"])
        acknowledgements.leaveOut(8)
        #expect(settle([9, 7, 11]) == ["to 9", "11"])
        #expect(settle([12]) == ["12"])
        #expect(settle([10]) == ["to 10"])
        acknowledgements.add(13)
        #expect(settle([13]) == ["to 13"])
    }
}
