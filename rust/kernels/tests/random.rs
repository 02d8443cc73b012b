//! The Mersenne Twister against what NumPy 2.4 gives for the same seeds.

use thalweg_kernels::random::Mt19937;

/// FNV-1a over whole numbers, for comparing long sequences.
fn hash(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, x| (hash ^ x).wrapping_mul(0x100_0000_01b3))
}

fn shuffled(seed: u32, n: usize) -> (Vec<usize>, usize) {
    let mut generator = Mt19937::from_seed(seed);
    let mut x: Vec<usize> = (0..n).collect();
    generator.shuffle(&mut x);
    (x, generator.state().1)
}

/// `r = RandomState(0); a = arange(n); r.shuffle(a)`, then `a` and the position in `r.get_state()`.
#[test]
fn short_shuffles_are_those_of_numpy() {
    assert_eq!(shuffled(0, 0), (vec![], 624));
    assert_eq!(shuffled(0, 1), (vec![0], 624));
    assert_eq!(shuffled(0, 2), (vec![1, 0], 1));
    assert_eq!(shuffled(0, 10), (vec![2, 8, 4, 9, 1, 6, 7, 3, 0, 5], 12));
    assert_eq!(shuffled(0, 17), (vec![1, 6, 8, 9, 13, 4, 2, 14, 10, 7, 16, 11, 3, 0, 5, 15, 12], 19));
    let mut x = [10, 20, 30, 40, 50, 60, 70];
    Mt19937::from_seed(3).shuffle(&mut x);
    assert_eq!(x, SHUFFLED_TENS);
}

/// Two shuffles in a row of `arange(n)`, then the hash of the array, of the key, and the position.
#[test]
fn long_shuffles_leave_the_state_of_numpy() {
    let cases = [
        (0, 1000, 0x514e_fe0f_80f5_1a4f, 0x7b13_a031_22e6_3fa7, 231),
        (0, 65_537, 0x1277_9d21_9bf7_0515, 0xd87c_af1a_b984_667b, 348),
        (1, 1000, 0x3227_d217_17d9_1e8f, 0x1553_ad6c_55e0_bbde, 338),
        (1, 65_537, 0x3488_85df_22da_c75b, 0xe67d_6290_06c3_8128, 239),
        (42, 1000, 0x44d7_589b_03cf_d423, 0x143c_800a_31bc_1fdb, 307),
        (42, 65_537, 0x9df1_b5c9_7413_e07d, 0xcd29_bb04_22de_a7cd, 223),
        (u32::MAX, 1000, 0x8a47_2759_e5bf_a22b, 0x328e_eb94_7bc3_3ea4, 270),
        (u32::MAX, 65_537, 0xf1a3_0e2c_7b5a_949f, 0x52de_9654_ec72_62eb, 505),
    ];
    for (seed, n, order, key, position) in cases {
        let mut generator = Mt19937::from_seed(seed);
        let mut x: Vec<u64> = (0..n).collect();
        generator.shuffle(&mut x);
        generator.shuffle(&mut x);
        let (words, at) = generator.state();
        assert_eq!(hash(x), order, "order of {n} with seed {seed}");
        assert_eq!((hash(words.map(u64::from)), at), (key, position), "state after {n} with seed {seed}");
    }
}

/// `[r.randint(0, max + 1, dtype=int64) for _ in range(6)]` with `r = RandomState(7)`, and the position after it.
#[test]
fn intervals_are_those_of_numpy() {
    for (max, numbers, position) in INTERVALS {
        let mut generator = Mt19937::from_seed(7);
        assert_eq!(std::array::from_fn(|_| generator.interval(max)), numbers, "up to {max}");
        assert_eq!(generator.state().1, position);
    }
    let mut generator = Mt19937::from_seed(7);
    assert_eq!(generator.interval(0), 0);
    assert_eq!(generator.state().1, 624, "no draw for an interval of one number");
}

#[test]
fn the_state_goes_out_and_in() {
    let mut generator = Mt19937::from_seed(7);
    let mut x: Vec<u32> = (0..50).collect();
    generator.shuffle(&mut x);
    let (key, position) = generator.state();
    assert_eq!(position, POSITION_AFTER_50);
    let mut copy = Mt19937::from_state(&key, position).expect("a state just taken");
    assert_eq!(copy, generator);
    let mut y: Vec<u32> = (0..20).collect();
    copy.shuffle(&mut y);
    assert_eq!(y, NEXT_20);
    assert_ne!(copy, generator);
}

#[test]
fn malformed_states_are_refused() {
    assert!(Mt19937::from_state(&[1; 623], 0).is_none());
    assert!(Mt19937::from_state(&[1; 625], 0).is_none());
    assert!(Mt19937::from_state(&[1; 624], 625).is_none());
    assert!(Mt19937::from_state(&[1; 624], 624).is_some());
}

const SHUFFLED_TENS: [i32; 7] = [50, 70, 60, 40, 20, 10, 30];

/// Within 32 bits, where a number takes one draw, and beyond, where it takes two; both with draws thrown away.
const INTERVALS: [(u64, [u64; 6], usize); 2] = [
    (999, [175, 196, 537, 502, 579, 211], 6),
    (
        (1 << 39) + 12_344,
        [108_744_157_686, 291_964_244_179, 396_459_895_993, 309_610_205_529, 474_247_592_490, 295_789_249_968],
        22,
    ),
];

const POSITION_AFTER_50: usize = 64;

const NEXT_20: [u32; 20] = [18, 2, 6, 8, 17, 11, 1, 16, 4, 5, 15, 12, 14, 19, 13, 0, 3, 9, 10, 7];
