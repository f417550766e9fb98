import EdgeNode
import Testing

/// One address of the local network cannot take the places of the others.
@Suite struct AddressQuotaTests {
    @Test func `one address fills its own share, and what leaves makes room`() {
        let quota = AddressQuota()
        for _ in 0..<AddressQuota.connectionsMax { #expect(quota.enter("10.0.0.1")) }
        #expect(!quota.enter("10.0.0.1"))
        #expect(quota.enter("10.0.0.2"))
        quota.leave("10.0.0.1")
        #expect(quota.enter("10.0.0.1"))
        #expect(!quota.enter("10.0.0.1"))
    }
}
