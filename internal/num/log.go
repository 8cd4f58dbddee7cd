package num

import "math"

// Log gives the natural logarithm with an error below 0.52 units in the last
// place, the same bits on every architecture: −Inf for 0, NaN below 0 and for NaN.
//
// It writes x as 2^k·z with z from 0.707 to 1.414, takes 1/c from a table with c
// near z, and adds k·ln 2, ln c and the series of ln(1+r) with r = z/c − 1, whose
// |r| is below 0.0041. 1/c has so few bits that r is exact but for one rounding,
// which is added again.
func Log(x float64) float64 {
	b := math.Float64bits(x)
	k := 0
	if b-0x10_0000_0000_0000 >= 0x7fe0_0000_0000_0000 { // no positive normal number
		switch {
		case x == 0:
			return math.Inf(-1)
		case x < 0 || math.IsNaN(x):
			return math.NaN()
		case math.IsInf(x, 1):
			return x
		}
		b = math.Float64bits(float64(x * 0x1p52))
		k = -52
	}
	mantissa := b & (1<<52 - 1)
	i := (mantissa + 1<<44) >> 45
	k += int(b>>52) - 1023
	exponent := uint64(1023)
	if i >= halved {
		k++
		exponent--
	}
	z := math.Float64frombits(exponent<<52 | mantissa)
	high := math.Float64frombits(exponent<<52 | mantissa&^(1<<26-1))
	c := reciprocals[i]
	a := float64(high*c.inverse) - 1 // exact
	rest := float64((z - high) * c.inverse)
	r := a + rest
	low := (a - r) + rest // what the sum lost

	n := float64(k)
	sum := float64(n*ln2High) + c.high // exact
	whole := sum + r
	low += (sum - whole) + r + (float64(n*ln2Low) + c.low)
	square := float64(r * r)
	series := -0.5 + float64(r*(1.0/3)) + float64(square*(-0.25+float64(r*(1.0/5))+
		float64(square*(-1.0/6+float64(r*(1.0/7))))))
	return whole + (low + float64(square*series))
}

// Log1p gives ln(1+x) with an error below 1.5 units in the last place, also where x
// is so small that 1+x loses it: −Inf for −1, NaN below −1 and for NaN.
func Log1p(x float64) float64 {
	one := 1 + x
	if !(x > -1) || math.IsInf(x, 1) {
		return Log(one)
	}
	var lost float64 // 1+x = one + lost
	if x < 1 {
		lost = x - (one - 1)
	} else {
		lost = 1 - (one - x)
	}
	return Log(one) + lost/one
}

const (
	ln2High = 0x1.62e42fefa38p-01  // ln 2 in 42 bits, so that its multiples are exact
	ln2Low  = 0x1.ef35793c7673p-45 // the rest of it
	halved  = 53                   // the first entry of reciprocals above √2: z is halved
)

// reciprocals[i] has 1/c rounded to 12 bits, where c is 1 + i/128, or half of it
// from halved on, and the logarithm of c, as rounded, in two parts. A test
// computes them anew.
var reciprocals = [129]struct{ inverse, high, low float64 }{
	{1, 0, 0},
	{0.9921875, 0x1.010157588p-07, 0x1.bce251998b506p-44},
	{0.984619140625, 0x1.fbea8b13cp-07, 0x1.ec927b17e4e13p-50},
	{0.97705078125, 0x1.7c61b1cf6p-06, -0x1.08fc8f849a447p-45},
	{0.9697265625, 0x1.f7a9b1678p-06, 0x1.42ad9271be7d7p-45},
	{0.96240234375, 0x1.39f07ba0e8p-05, 0x1.eb129d642e577p-44},
	{0.955322265625, 0x1.766d923c2p-05, 0x1.ff0a82f1c24c1p-46},
	{0.9482421875, 0x1.b35dd9b588p-05, 0x1.d5674d6cf558ep-44},
	{0.941162109375, 0x1.f0c30c1118p-05, -0x1.caef3588b7d8p-45},
	{0.934326171875, 0x1.163d6ef958p-04, -0x1.7f3b038d8e6ebp-46},
	{0.927490234375, 0x1.345179b63cp-04, 0x1.d4203d36150dp-44},
	{0.9208984375, 0x1.518874226p-04, 0x1.30a1d96258b3ep-44},
	{0.914306640625, 0x1.6ef528c058p-04, -0x1.5d462d767cadep-44},
	{0.90771484375, 0x1.8c985e9bap-04, -0x1.37c377e430036p-44},
	{0.9013671875, 0x1.a956d3ecacp-04, 0x1.e63794c02c4afp-44},
	{0.89501953125, 0x1.c6494a2e4p-04, 0x1.8a5e8ab20c4e6p-44},
	{0.888916015625, 0x1.e2507702bp-04, -0x1.f897980522249p-45},
	{0.8828125, 0x1.fe89139dbcp-04, 0x1.56594d82f7a82p-44},
	{0.876708984375, 0x1.0d79e7cd48p-03, 0x1.cb422847849e4p-44},
	{0.870849609375, 0x1.1b35ae3b82p-03, -0x1.20a2e76016a9dp-46},
	{0.86474609375, 0x1.299d30c606p-03, 0x1.d4d0079dc08d9p-44},
	{0.859130859375, 0x1.36f4c27578p-03, -0x1.4d9e2683a54edp-44},
	{0.853271484375, 0x1.44f8b726f8p-03, 0x1.df6a4432b9bb4p-44},
	{0.84765625, 0x1.527e5e4a1cp-03, -0x1.4e60b8d4b411dp-44},
	{0.842041015625, 0x1.601b076e7ap-03, 0x1.152d7d4dfc8e5p-44},
	{0.836669921875, 0x1.6d35fee52cp-03, -0x1.f127eb4f64e1fp-45},
	{0.8310546875, 0x1.7b00916516p-03, -0x1.ae75fcb067e57p-44},
	{0.825927734375, 0x1.87ad07c494p-03, -0x1.70f53c386330ap-44},
	{0.820556640625, 0x1.9509aa0044p-03, 0x1.f1e675b4d35c6p-44},
	{0.815185546875, 0x1.a27cc3064p-03, 0x1.d954963274bb8p-44},
	{0.81005859375, 0x1.af6895610ep-03, -0x1.148288bf7a937p-45},
	{0.804931640625, 0x1.bc69684aeep-03, 0x1.8f6d5d141f9bdp-45},
	{0.800048828125, 0x1.c8df7cb9a8p-03, 0x1.eee42f58e1e6ep-44},
	{0.794921875, 0x1.d60a17f904p-03, -0x1.5d6e06fc20d39p-44},
	{0.7900390625, 0x1.e2a877a6b2p-03, 0x1.823817787081ap-44},
	{0.78515625, 0x1.ef5ade4ddp-03, -0x1.a211565bb8e11p-51},
	{0.780517578125, 0x1.fb7d86eee4p-03, -0x1.1c061cdb8097bp-45},
	{0.77587890625, 0x1.03d95a1d67p-02, 0x1.a17880f236109p-44},
	{0.77099609375, 0x1.0a504e97bbp-02, 0x1.03094e6690c44p-44},
	{0.766357421875, 0x1.107e404ab1p-02, -0x1.fb921823aafdap-48},
	{0.761962890625, 0x1.1661caecbap-02, -0x1.171fff9fc4abbp-44},
	{0.75732421875, 0x1.1ca28c64bbp-02, -0x1.ac4f842f5566bp-46},
	{0.7529296875, 0x1.22981fbef8p-02, -0x1.a1421609580dap-44},
	{0.74853515625, 0x1.2896a13e08p-02, 0x1.a8ed027e16952p-44},
	{0.744140625, 0x1.2e9e2bce12p-02, 0x1.4300c128d1dc2p-45},
	{0.739990234375, 0x1.34585a594cp-02, -0x1.d4d9bf230f411p-44},
	{0.735595703125, 0x1.3a71c56bb5p-02, -0x1.ce772094aef7p-44},
	{0.7314453125, 0x1.403d086ceap-02, 0x1.e6ef574487308p-44},
	{0.727294921875, 0x1.4610bc29c6p-02, -0x1.e82c9f310c8e6p-46},
	{0.72314453125, 0x1.4becf95d98p-02, -0x1.bb33b20023a7p-44},
	{0.718994140625, 0x1.51d1d93104p-02, 0x1.5b0faa20d9c8ep-44},
	{0.715087890625, 0x1.5765f1749ep-02, -0x1.6532d93e0d82bp-44},
	{0.711181640625, 0x1.5d01dc49ffp-02, 0x1.740ab8cfa5ed3p-45},
	{1.414306640625, -0x1.62f570a539p-02, 0x1.5538453b676bap-44},
	{1.406494140625, -0x1.5d495dcacdp-02, -0x1.bc3fdaed5844cp-44},
	{1.39892578125, -0x1.57c2f53b05p-02, -0x1.0494c017c2a52p-45},
	{1.391357421875, -0x1.5234e0670ap-02, -0x1.49483d21b40d9p-44},
	{1.3837890625, -0x1.4c9f09e153p-02, 0x1.e1dde70e02dep-45},
	{1.37646484375, -0x1.472fdbe4fdp-02, -0x1.f9364c53f821fp-45},
	{1.368896484375, -0x1.418a821a4cp-02, -0x1.544a950cdfe5p-45},
	{1.36181640625, -0x1.3c3b2736b4p-02, 0x1.3e5d1e9d3ddf9p-47},
	{1.3544921875, -0x1.36b5776bc1p-02, -0x1.169785a9c223fp-46},
	{1.347412109375, -0x1.31579e142ep-02, 0x1.27cda5a6d3d1fp-45},
	{1.34033203125, -0x1.2bf287cc41p-02, -0x1.b0f4f549d8ecfp-45},
	{1.333251953125, -0x1.268620f34dp-02, -0x1.8f44b998bb50ep-44},
	{1.326416015625, -0x1.214296d08ap-02, 0x1.cb6298064becap-44},
	{1.319580078125, -0x1.1bf816355fp-02, 0x1.1b10958a02186p-44},
	{1.312744140625, -0x1.16a68c9dbdp-02, -0x1.b546cd487dbdep-44},
	{1.30615234375, -0x1.117ee81dfep-02, -0x1.30f778a2e8cbdp-44},
	{1.299560546875, -0x1.0c50965e74p-02, -0x1.91647f8ab8825p-44},
	{1.29296875, -0x1.071b85fcd6p-02, 0x1.bcb8ba3e01a11p-44},
	{1.286376953125, -0x1.01dfa5529ap-02, -0x1.2d95d56371332p-44},
	{1.280029296875, -0x1.f99dc6c23cp-03, 0x1.7ed06117b4369p-44},
	{1.273681640625, -0x1.ef6f5e338cp-03, -0x1.59e36e1b431a7p-46},
	{1.267333984375, -0x1.e533effde2p-03, 0x1.fd75bb2837bb6p-44},
	{1.260986328125, -0x1.daeb5aa6c4p-03, 0x1.8bfe9b3f43035p-44},
	{1.2548828125, -0x1.d0fb7f2256p-03, 0x1.af52b20633b29p-47},
	{1.248779296875, -0x1.c6ff3c6efcp-03, -0x1.ee1337e5107eep-44},
	{1.24267578125, -0x1.bcf6736f7ep-03, 0x1.271e894f591e4p-44},
	{1.23681640625, -0x1.b34885022ep-03, -0x1.03ba859924374p-44},
	{1.230712890625, -0x1.a926d3a4aep-03, 0x1.53935e85baac8p-44},
	{1.224853515625, -0x1.9f60c06846p-03, 0x1.4355507c16436p-44},
	{1.218994140625, -0x1.958eadae6p-03, 0x1.3b6857bb1fa3bp-46},
	{1.21337890625, -0x1.8c19fe2982p-03, -0x1.5e01e0d7c912bp-49},
	{1.20751953125, -0x1.8230164c1ap-03, -0x1.98dd68a5d0b48p-46},
	{1.201904296875, -0x1.78a4584cp-03, -0x1.9e3f57d3f542ep-44},
	{1.1962890625, -0x1.6f0d28ae56p-03, -0x1.69737c93373dap-44},
	{1.190673828125, -0x1.656a6be1dep-03, 0x1.a4d0df2ddfbcep-44},
	{1.185302734375, -0x1.5c28060c46p-03, -0x1.6ece374e0e858p-44},
	{1.1796875, -0x1.526e5e3a1cp-03, 0x1.790ba37fc5238p-44},
	{1.17431640625, -0x1.4915d832fcp-03, 0x1.53cee006bcf62p-44},
	{1.1689453125, -0x1.3fb25a5952p-03, -0x1.195be6b358ff7p-44},
	{1.16357421875, -0x1.3643cad058p-03, -0x1.1e18f2132dfd5p-44},
	{1.158447265625, -0x1.2d38907e04p-03, -0x1.d2f4722be431cp-44},
	{1.153076171875, -0x1.23b412580cp-03, 0x1.7e6e809e4f37dp-44},
	{1.14794921875, -0x1.1a93b7d43p-03, 0x1.3debbf4ec55f3p-44},
	{1.142822265625, -0x1.1168e8127ep-03, -0x1.93436f195cb75p-46},
	{1.1376953125, -0x1.08338affa2p-03, -0x1.0533cac823e27p-44},
	{1.1328125, -0x1.fec9131dcp-04, 0x1.54555d1ae6607p-44},
	{1.127685546875, -0x1.ec3497b498p-04, 0x1.9ce038385817p-47},
	{1.122802734375, -0x1.da6e7637c4p-04, -0x1.a83eac951c1aap-46},
	{1.117919921875, -0x1.c8948014bcp-04, -0x1.6d371637a76fbp-45},
	{1.113037109375, -0x1.b6a688d9b4p-04, -0x1.b175ff3be2566p-44},
	{1.108154296875, -0x1.a4a4637ed4p-04, 0x1.c42890c539de5p-44},
	{1.103515625, -0x1.9375e55594p-04, -0x1.eddc37380c364p-44},
	{1.0986328125, -0x1.814be23f8cp-04, -0x1.b2381da82fdfdp-51},
	{1.093994140625, -0x1.6ff7309f8cp-04, -0x1.8f19994f375abp-55},
	{1.08935546875, -0x1.5e8fa4d858p-04, -0x1.1c6fce08d711p-44},
	{1.084716796875, -0x1.4d1515b988p-04, 0x1.8e7d02e3f5e95p-47},
	{1.080078125, -0x1.3b87598b1cp-04, 0x1.2241594aca313p-45},
	{1.07568359375, -0x1.2ad449eff4p-04, 0x1.cea3ae5f05b87p-44},
	{1.071044921875, -0x1.1920bc3d1cp-04, 0x1.9221e62a516ap-44},
	{1.066650390625, -0x1.08498b51e4p-04, 0x1.93b33c55fb24fp-46},
	{1.062255859375, -0x1.eec11bf258p-05, -0x1.c84280496bda5p-44},
	{1.057861328125, -0x1.cccb3cd798p-05, -0x1.97a98b99b5035p-44},
	{1.053466796875, -0x1.aab12cd3ap-05, -0x1.84590fd8b3b42p-46},
	{1.049072265625, -0x1.88729e70fp-05, 0x1.9c8d8f692991dp-45},
	{1.044921875, -0x1.67f94f0948p-05, -0x1.ecc1f3e7e4ed7p-44},
	{1.040771484375, -0x1.475ee9a0bp-05, -0x1.6de8fbaa8b77ap-46},
	{1.036376953125, -0x1.24b532104p-05, 0x1.966b2dce75097p-46},
	{1.0322265625, -0x1.03d5d85e7p-05, -0x1.f778960ed29cfp-44},
	{1.028076171875, -0x1.c5a92e163p-06, 0x1.962e95bcf75e5p-44},
	{1.02392578125, -0x1.83624fba8p-06, -0x1.deb9c96b40046p-45},
	{1.02001953125, -0x1.44c28d451p-06, -0x1.98b0a50467942p-44},
	{1.015869140625, -0x1.01f565873p-06, -0x1.6107d26f92eb5p-44},
	{1.011962890625, -0x1.85ac7e9e8p-07, 0x1.248883197ad1cp-47},
	{1.0078125, -0x1.fe02a6b1p-08, -0x1.9e23f0dda40e4p-46},
	{1.00390625, -0x1.ff00aa2bp-09, -0x1.0bc04a086b56ap-45},
	{1, 0, 0},
}
