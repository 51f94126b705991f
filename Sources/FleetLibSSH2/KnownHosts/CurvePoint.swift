import CLibCrypto

/// Public keys of ECDSA: points of a curve (RFC 5656, section 3.1).
enum CurvePoint {
    /// Whether bytes are a point of a curve that may be a public key: uncompressed, on the curve, and with numbers that
    /// are neither too short nor too long, as OpenSSH asks.
    ///
    /// That the point's order is the curve's need not be asked: all points of these curves but the one at infinity, which
    /// has no such form, have it (cofactor 1; SEC 2, sections 2.4 to 2.6).
    static func isValid(_ bytes: ArraySlice<UInt8>, curve: String) -> Bool {
        let curves = ["nistp256": NID_X9_62_prime256v1, "nistp384": NID_secp384r1, "nistp521": NID_secp521r1]
        guard bytes.first == 4, bytes.count <= 133, let number = curves[curve],
            let group = EC_GROUP_new_by_curve_name(number)
        else { return false }
        defer { EC_GROUP_free(group) }
        guard let point = EC_POINT_new(group) else { return false }
        defer { EC_POINT_free(point) }
        // Says no too where the point is not on the curve (EC_POINT_oct2point(3)).
        let isPoint = bytes.withUnsafeBufferPointer { EC_POINT_oct2point(group, point, $0.baseAddress, $0.count, nil) }
        guard isPoint == 1, let order = EC_GROUP_get0_order(group) else { return false }
        let numbers = (BN_new(), BN_new(), BN_dup(order))
        defer {
            BN_free(numbers.0)
            BN_free(numbers.1)
            BN_free(numbers.2)
        }
        guard let x = numbers.0, let y = numbers.1, let limit = numbers.2, BN_sub_word(limit, 1) == 1,
            EC_POINT_get_affine_coordinates(group, point, x, y, nil) == 1
        else { return false }
        return [x, y].allSatisfy { BN_num_bits($0) > BN_num_bits(order) / 2 && BN_cmp($0, limit) < 0 }
    }
}
