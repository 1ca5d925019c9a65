/* The lease protocol: one controller, two agents with their devices, a network that loses, delays, doubles and reorders.
 *
 * Time is discrete. One tick is ten seconds; whatever happens in between happens at a tick, in any order. All times are
 * countdowns, so a run has no end and the states are finite. Currents are 0, 1 or 2; both devices together may draw
 * CAPACITY = 2, which is one device at its most or both at their failsafe. README.md says what this leaves out.
 *
 * The names in brackets are the C++ functions that a part stands for.
 */

#define TTL 3      /* of a lease                                                       [defaults::kTtl] */
#define SETTLE 1   /* the current follows its register this late at worst              [Enrolment::settle] */
#define REVERT 1   /* without a word for this long a device goes to 0 by itself        [Enrolment::revert] */
#define GIVES_UP 1 /* an agent that cannot write leaves its device alone after this    [defaults::kGivesUpAfter] */
#define D 2        /* a failsafe is booked this long after the newest acked limit      [failsafe_booked_after] */
#define DOWN (GIVES_UP + REVERT + SETTLE) /* after its lease a device is certainly down [down_after] */
#ifdef SHORT_Q
#define Q D
#else
#define Q (D + TTL + DOWN) /* an agent without a lease stays at 0 this long            [defaults::kFailsafeHold] */
#endif

#define CAPACITY 2
#define MOST 2
#define FAILSAFE 1

#ifndef FAULTS
#define FAULTS 2 /* of all kinds in one run: each at any time, and those that last for any time */
#endif
#ifndef LATE
#define LATE 1 /* messages that may be stuck somewhere at one time */
#endif
#define KEPT 2 /* entries of a book before two become one                              [kMaxHeld] */

#define MIN(a, b) ((a) < (b) -> (a) : (b))
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define LESS(a) ((a) > 0 -> (a) - 1 : 0)
#define OTHER(i) (1 - (i))

#ifdef TELL
#define SAY0(text) printf(text)
#define SAY1(text, a) printf(text, a)
#define SAY2(text, a, b) printf(text, a, b)
#define SAY3(text, a, b, c) printf(text, a, b, c)
#else
#define SAY0(text) skip
#define SAY1(text, a) skip
#define SAY2(text, a, b) skip
#define SAY3(text, a, b, c) skip
#endif
#define NAME(i) (65 + (i))

/* ---- the agent and its device -------------------------------------------------------------------------------- */

typedef Agent {
  bit cut_up;   /* its messages are lost */
  bit cut_down; /* messages to it are lost */
  bit asleep;   /* stalled, or down before it starts anew: only its device and its lease go on */
  bit deaf;     /* its device answers but takes no writes */
  byte failing; /* writes have failed for this long, up to GIVES_UP + 1              [Actuation::failing] */
  bit fresh;    /* started, nothing written yet                                       [Starting] */
  byte lease;   /* left of its lease; 0: none                                         [Following::until] */
  byte hold;    /* without a lease: left of Q                                         [Failsafe::since] */
  byte taken;   /* of the limit                                                       [Following::taken] */
  byte epoch;   /* newest accepted */
  byte seq;
  byte nonce;   /* of its session */
  byte aim;     /* the setpoint that it wants the device to have                      [Actuation::target] */
  bit written;  /* and the device has it                                              [Actuation::written] */
  byte holding; /* the most that the device may still be following, as far as it knows [Actuation::holding] */
  byte reg;     /* the device's register: the truth */
  byte old;     /* a larger value of it whose current may still flow; 0: none */
  byte settle;  /* until it certainly does not */
  byte watch;   /* left of the device's watchdog */
};
Agent agent[2];

#define MAY_DRAW(i) MAX(agent[i].reg, agent[i].old)

/* ---- the controller's book of an agent ----------------------------------------------------------------------- */

typedef Held { /* [HeldLimit] */
  byte seq;
  byte limit;
  byte age;       /* since it was sent, up to D */
  bit with_older; /* stands for older ones too */
};
typedef Book { /* [AgentBook] */
  byte restart;  /* left of the booking at its most after a restart; 0: none          [RestartBooking] */
  Held held[4];  /* oldest first */
  byte count;
  byte until;    /* left until the newest lease has ended and its device is down      [last_possible_write + down_after] */
  bit failsafe;  /* is booked                                                         [failsafe_booked] */
  byte acked;    /* age of the newest acked limit, up to D                            [acked_sent] */
  byte session;  /* nonce */
  byte received; /* TTL less the age of the newest status by its receipt; 0: too old  [can_lease] */
  byte at;       /* TTL less the true age of that status: how long its lease would last */
};
Book book[2];
byte epoch = 1;
byte share = MOST; /* what the first agent ought to get; the other gets the rest */

/* ---- messages that are stuck somewhere ----------------------------------------------------------------------- */

mtype = {LIMIT, STATUS};
typedef Message {
  mtype kind;
  bit to; /* or from: whose */
  byte epoch;
  byte seq;
  byte nonce;
  byte value;   /* the limit; of a status what was taken of it */
  byte holding; /* of a status */
  bit flag;     /* of a limit: it may raise; of a status: it is effective */
  bit ack;      /* of a status: it acks a limit */
  byte left;    /* of a limit: of its lease, on the agent's clock; of a status: TTL less its age */
};
Message late[LATE];

byte faults;
bit reached; /* what a variant REACH_... looks for: it must be possible, or a clean model would say nothing */

/* What becomes of a message that is sent. */
#define ARRIVES 0
#define LOST 1
#define STUCK 2   /* it may arrive at any later time, more than once, or never */
#define DOUBLED 3 /* at once, and again later */
byte fate_down, fate_up;
byte k, n, v, x, y; /* scratch: 0 wherever a state is kept */
bit b;
Message m;

#define MAY_FAIL (faults < FAULTS)
#if LATE == 1
#define HAS_ROOM (late[0].kind == 0)
#else
#define HAS_ROOM (late[0].kind == 0 || late[1].kind == 0)
#endif

inline any_fate(fate, blocked) {
  if
  :: !(blocked) -> fate = ARRIVES
  :: blocked -> fate = LOST
  :: !(blocked) && MAY_FAIL -> fate = LOST; faults++
  :: MAY_FAIL && HAS_ROOM -> fate = STUCK; faults++
  :: !(blocked) && MAY_FAIL && HAS_ROOM -> fate = DOUBLED; faults++
  fi
}

inline clear(msg) {
  msg.kind = 0; msg.to = 0; msg.epoch = 0; msg.seq = 0; msg.nonce = 0; msg.value = 0; msg.holding = 0; msg.flag = 0;
  msg.ack = 0; msg.left = 0
}
inline copy(from, into) {
  into.kind = from.kind; into.to = from.to; into.epoch = from.epoch; into.seq = from.seq; into.nonce = from.nonce;
  into.value = from.value; into.holding = from.holding; into.flag = from.flag; into.ack = from.ack;
  into.left = from.left
}
inline keep_late() {
  if
  :: late[0].kind == 0 -> copy(m, late[0])
#if LATE > 1
  :: else -> copy(m, late[1])
#else
  :: else
#endif
  fi
}

/* ---- what the agent does ------------------------------------------------------------------------------------- */

/* [target_of, aim] */
inline aim_at_target(i) {
  x = (agent[i].lease > 0 -> agent[i].taken : (agent[i].hold > 0 -> 0 : FAILSAFE));
  if
  :: x != agent[i].aim ->
    agent[i].aim = x; agent[i].written = 0; agent[i].holding = MAX(agent[i].holding, x)
  :: else
  fi;
  x = 0
}

/* [Register::write]: the truth of the device. */
inline set_register(i, value) {
  if
  :: value != agent[i].reg ->
    agent[i].old = MAX(agent[i].old, agent[i].reg);
    agent[i].reg = value;
    agent[i].settle = SETTLE
  :: else
  fi;
  forget_settled(i)
}
inline forget_settled(i) {
  if
  :: agent[i].old <= agent[i].reg || agent[i].settle == 0 -> agent[i].old = 0; agent[i].settle = 0
  :: else
  fi
}

/* [actuate] */
inline actuate(i) {
  aim_at_target(i);
#ifndef REVERTED_UNNOTICED
  agent[i].written = agent[i].written && agent[i].reg == agent[i].aim;
#endif
  if
  :: !agent[i].written && !agent[i].deaf ->
    SAY2("|   agent %c writes %d\n", NAME(i), agent[i].aim);
    set_register(i, agent[i].aim); agent[i].written = 1; agent[i].fresh = 0
  :: !agent[i].written && agent[i].deaf -> SAY2("|   agent %c cannot write %d\n", NAME(i), agent[i].aim)
  :: else
  fi;
  if
  :: agent[i].written && (agent[i].holding <= agent[i].aim || agent[i].old == 0) -> agent[i].holding = agent[i].aim
  :: else
  fi;
  speak(i)
}

/* [fall_silent]: any word keeps the watchdog of some devices quiet, so an agent that cannot write must not go on. */
inline speak(i) {
  b = (agent[i].written || agent[i].failing <= GIVES_UP);
#ifndef SILENT_AFTER_TRYING
  if
  :: agent[i].written
  :: else -> b = b && !agent[i].fresh && (agent[i].lease > 0 || Q - agent[i].hold <= GIVES_UP)
  fi;
#endif
  agent[i].watch = (b -> REVERT : agent[i].watch);
  b = 0
}

/* [status_of] */
inline make_status(i) {
  m.kind = STATUS; m.to = i; m.nonce = agent[i].nonce; m.left = TTL; m.holding = agent[i].holding;
  m.ack = (agent[i].lease > 0);
  m.epoch = (m.ack -> agent[i].epoch : 0);
  m.seq = (m.ack -> agent[i].seq : 0);
  m.value = (m.ack -> agent[i].taken : 0);
  m.flag = (m.ack && agent[i].written && agent[i].holding == agent[i].aim)
}

/* One step of the agent, and its status on the way. */
inline step(i) {
  actuate(i);
  clear(m);
  make_status(i);
  if
  :: fate_up == STUCK || fate_up == DOUBLED ->
    SAY3("|   status of %c is stuck on its way: takes %d, effective %d\n", NAME(i), m.value, m.flag);
    keep_late()
  :: else
  fi;
  if
  :: fate_up == ARRIVES || fate_up == DOUBLED -> receive(i)
  :: else -> SAY1("|   status of %c does not arrive\n", NAME(i))
  fi
}

/* [take_limits]: the limit is in m. */
inline take_limit(i) {
#ifdef REACH_LIMIT_AFTER_TTL
  reached = (m.nonce == agent[i].nonce && m.left == 0 && m.epoch == agent[i].epoch && m.seq > agent[i].seq);
#endif
  if
  :: m.nonce == agent[i].nonce && m.left > 0 &&
     (m.epoch > agent[i].epoch || (m.epoch == agent[i].epoch && m.seq > agent[i].seq)) ->
    agent[i].epoch = m.epoch;
    agent[i].seq = m.seq;
    agent[i].lease = m.left;
    agent[i].hold = 0;
    agent[i].taken = (m.flag -> m.value : MIN(m.value, agent[i].aim));
    SAY3("|   agent %c takes %d for %d ticks\n", NAME(i), agent[i].taken, agent[i].lease)
  :: else -> SAY1("|   agent %c refuses it\n", NAME(i))
  fi
}

/* ---- what the controller does -------------------------------------------------------------------------------- */

/* [envelope] */
inline envelope(i, result) {
  result = (book[i].failsafe -> FAILSAFE : 0);
  if
  :: book[i].restart > 0 -> result = MOST
  :: else
  fi;
  for (k : 0 .. 3) {
    if
    :: k < book[i].count -> result = MAX(result, book[i].held[k].limit)
    :: else
    fi
  }
  k = 0
}

inline clear_held(i, at_) {
  book[i].held[at_].seq = 0; book[i].held[at_].limit = 0; book[i].held[at_].age = 0; book[i].held[at_].with_older = 0
}
inline copy_held(i, from, into) {
  book[i].held[into].seq = book[i].held[from].seq; book[i].held[into].limit = book[i].held[from].limit;
  book[i].held[into].age = book[i].held[from].age; book[i].held[into].with_older = book[i].held[from].with_older
}
inline erase_oldest(i) {
  copy_held(i, 1, 0); copy_held(i, 2, 1); copy_held(i, 3, 2); clear_held(i, 3);
  book[i].count = book[i].count - 1
}

/* [take_ack]; the ack is in m. */
inline take_ack(i) {
  k = 0;
  do
  :: k < book[i].count && book[i].held[k].seq != m.seq -> k++
  :: else -> break
  od;
  if
  :: k < book[i].count ->
    if
    :: m.flag || !book[i].held[k].with_older ->
      book[i].held[k].limit = MIN(book[i].held[k].limit, (m.flag -> m.value : MAX(m.value, m.holding)))
    :: else
    fi;
    if
    :: m.flag -> book[i].held[k].with_older = 0
    :: else
    fi;
    book[i].acked = MIN(book[i].acked, book[i].held[k].age);
    if
    :: book[i].restart > 0 && !m.flag -> /* [settle_restart]; an effective ack would erase the entry at once */
      copy_held(i, 2, 3); copy_held(i, 1, 2); copy_held(i, 0, 1);
      book[i].held[0].seq = 0; book[i].held[0].limit = m.holding; book[i].held[0].with_older = 0;
      book[i].held[0].age = D;
      book[i].count = book[i].count + 1
    :: else
    fi;
    book[i].restart = 0;
    if
    :: m.flag ->
      if
      :: book[i].held[k].age < D -> book[i].failsafe = 0
      :: else
      fi;
      do
      :: k > 0 -> erase_oldest(i); k--
      :: else -> break
      od
    :: else
    fi
  :: else
  fi;
  k = 0
}

/* [receive]; the status is in m. A status of an earlier session is ignored there; here it may come or be lost. */
inline receive(i) {
  if
  :: m.nonce != book[i].session -> book[i].session = m.nonce; book[i].received = 0; book[i].at = 0
  :: else
  fi;
#ifdef REACH_ACK_OF_EARLIER_EPOCH
  reached = (m.ack && m.epoch < epoch && book[i].count > 0);
#endif
#ifdef ACK_WITHOUT_EPOCH
  if
  :: m.ack ->
#else
  if
  :: m.ack && m.epoch == epoch ->
#endif
    SAY3("|   controller hears %c: takes %d, effective %d\n", NAME(i), m.value, m.flag);
    take_ack(i)
  :: else
  fi;
  if
  :: m.left >= book[i].at -> book[i].at = m.left; book[i].received = TTL
  :: else
  fi
}

/* The next number after all that are still known anywhere: numbers in between have been forgotten (forget_numbers). */
inline next_seq(i, result) {
  result = (agent[i].epoch == epoch -> agent[i].seq : 0);
  for (k : 0 .. 3) { result = MAX(result, book[i].held[k].seq) }
  for (k : 0 .. LATE - 1) {
    if
    :: late[k].kind != 0 && late[k].to == i && late[k].epoch == epoch -> result = MAX(result, late[k].seq)
    :: else
    fi
  }
  k = 0;
  result++
}

/* Only the order of numbers counts: those that nothing remembers are closed up, so that they never run out. */
inline forget_numbers(i) {
  v = 7;
  do
  :: v > 0 ->
    b = (agent[i].seq == v);
    for (k : 0 .. 3) { b = b || book[i].held[k].seq == v }
    for (k : 0 .. LATE - 1) { b = b || (late[k].kind != 0 && late[k].to == i && late[k].seq == v) }
    if
    :: !b ->
      if
      :: agent[i].seq > v -> agent[i].seq--
      :: else
      fi;
      for (k : 0 .. 3) {
        if
        :: book[i].held[k].seq > v -> book[i].held[k].seq--
        :: else
        fi
      }
      for (k : 0 .. LATE - 1) {
        if
        :: late[k].kind != 0 && late[k].to == i && late[k].seq > v -> late[k].seq--
        :: else
        fi
      }
    :: else
    fi;
    v--
  :: else -> break
  od;
  k = 0; b = 0
}

/* [issue]: books the limit x, may it raise: b, and puts it into m. */
inline issue(i) {
  next_seq(i, n);
  if
  :: book[i].count >= KEPT -> /* [merged] */
    book[i].held[1].limit = MAX(book[i].held[0].limit, book[i].held[1].limit);
    book[i].held[1].with_older = 1;
    erase_oldest(i)
  :: else
  fi;
  book[i].held[book[i].count].seq = n;
  book[i].held[book[i].count].limit = x;
  book[i].count = book[i].count + 1;
  book[i].until = MAX(book[i].until, book[i].received + DOWN);
  clear(m);
  m.kind = LIMIT; m.to = i; m.epoch = epoch; m.seq = n; m.nonce = book[i].session; m.value = x; m.flag = b;
  m.left = book[i].at;
  n = 0
}

/* [hand_over]: cuts at once, raises only into what is in nobody's envelope. Into x the limit, into b whether it may
 * raise. What a silent agent has booked, and a failsafe that is booked, is not there for the other. */
inline grant(i) {
  envelope(i, x);
  envelope(OTHER(i), y);
  b = (x + y <= CAPACITY);
  n = (i == 0 -> share : CAPACITY - share);
  if
  :: book[OTHER(i)].received == 0 -> v = y
  :: else ->
#ifdef HEARD_FAILSAFE_UNCOUNTED
    v = 0
#else
    v = (book[OTHER(i)].failsafe -> FAILSAFE : 0)
#endif
  fi;
  n = MIN(n, CAPACITY - v);
  /* what it has been granted: [follow_acks] */
  v = (book[i].count > 0 -> book[i].held[book[i].count - 1].limit : (book[i].restart > 0 -> MOST : 0));
#ifdef RAISE_BEFORE_ACK
  y = 0; b = 1;
#endif
  if
  :: n <= v -> x = n
  :: n > v && b -> x = MAX(v, MIN(n, CAPACITY - y))
  :: else -> x = v
  fi;
  n = 0; v = 0; y = 0
}

/* [send] */
inline send_limit(i) {
  grant(i);
  SAY3("|   controller sends %c: %d, may raise %d\n", NAME(i), x, b);
  issue(i);
  x = 0; b = 0;
  if
  :: fate_down == STUCK || fate_down == DOUBLED -> SAY0("|   it is stuck on its way\n"); keep_late()
  :: else
  fi;
  if
  :: fate_down == ARRIVES || fate_down == DOUBLED -> take_limit(i); step(i)
  :: else -> SAY0("|   it does not arrive\n")
  fi;
  forget_numbers(i)
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

inline let_device_time_pass(i) {
#ifndef NO_WATCHDOG
  if
  :: agent[i].watch == 0 && agent[i].reg != 0 ->
    SAY1("|   device %c reverts by itself\n", NAME(i));
#ifdef REACH_REVERT
    reached = (agent[i].lease == 0);
#endif
    set_register(i, 0)
  :: else
  fi;
#endif
  agent[i].watch = LESS(agent[i].watch);
  agent[i].settle = LESS(agent[i].settle);
  forget_settled(i)
}
inline let_agent_time_pass(i) {
  agent[i].failing = (agent[i].written || agent[i].fresh && agent[i].asleep -> 0 : MIN(agent[i].failing + 1, GIVES_UP + 1));
  if
  :: agent[i].lease > 1 -> agent[i].lease--
  :: agent[i].lease == 1 -> /* [let_lease_end]; it may be asleep, but its Q begins */
    SAY1("|   the lease of %c ends\n", NAME(i));
    agent[i].lease = 0; agent[i].taken = 0; agent[i].hold = Q
  :: else -> agent[i].hold = LESS(agent[i].hold)
  fi
}
/* [let_time_pass] */
inline let_book_time_pass(i) {
  book[i].received = LESS(book[i].received);
  book[i].at = LESS(book[i].at);
  book[i].restart = LESS(book[i].restart);
  for (k : 0 .. 3) {
    if
    :: k < book[i].count && book[i].held[k].age < D -> book[i].held[k].age++
    :: else
    fi
  }
  if
  :: book[i].until == 1 ->
    SAY1("|   controller clears the book of %c\n", NAME(i));
    for (k : 0 .. 3) { clear_held(i, k) }
    book[i].count = 0
  :: else
  fi;
  k = 0;
  book[i].until = LESS(book[i].until);
  book[i].acked = MIN(D, book[i].acked + 1);
  if
  :: book[i].acked == D -> book[i].failsafe = 1
  :: else
  fi
}
inline let_messages_age() {
  for (k : 0 .. LATE - 1) { late[k].left = LESS(late[k].left) }
  k = 0
}

/* ---- faults -------------------------------------------------------------------------------------------------- */

/* A program that starts anew; until then it was stalled. */
inline restart_agent(i) {
  SAY1("|   agent %c starts anew\n", NAME(i));
  agent[i].fresh = 1; agent[i].lease = 0; agent[i].hold = Q; agent[i].taken = 0; agent[i].epoch = 0;
  agent[i].seq = 0; agent[i].nonce++; agent[i].failing = 0; agent[i].aim = 0; agent[i].written = 0; agent[i].holding = MOST;
  forget_numbers(i)
}
/* [fresh_book] */
inline restart_book(i) {
  book[i].restart = TTL + DOWN; book[i].count = 0; book[i].until = 0; book[i].failsafe = 1; book[i].acked = D;
  book[i].session = 0; book[i].received = 0; book[i].at = 0;
  for (k : 0 .. 3) { clear_held(i, k) }
  k = 0;
  forget_numbers(i)
}

/* ---- the world ----------------------------------------------------------------------------------------------- */

inline begin() {
  agent[0].taken = MOST; agent[0].aim = MOST; agent[0].reg = MOST; agent[0].holding = MOST;
  book[0].held[0].limit = MOST;
  for (n : 0 .. 1) {
    agent[n].lease = TTL; agent[n].epoch = 1; agent[n].seq = 1; agent[n].nonce = 1; agent[n].written = 1;
    agent[n].watch = REVERT;
    book[n].held[0].seq = 1; book[n].count = 1; book[n].until = TTL + DOWN; book[n].session = 1;
    book[n].received = TTL; book[n].at = TTL
  }
  n = 0
}

inline agent_runs(i) {
  if
  :: agent[i].asleep
  :: else ->
    any_fate(fate_up, agent[i].cut_up);
    d_step { step(i); clear(m); fate_up = 0 }
  fi
}
inline controller_sends(i) {
  if
  :: book[i].received == 0
  :: else ->
    any_fate(fate_down, agent[i].cut_down || agent[i].asleep);
    if
    :: fate_down == ARRIVES || fate_down == DOUBLED -> any_fate(fate_up, agent[i].cut_up)
    :: else
    fi;
    d_step { send_limit(i); clear(m); fate_down = 0; fate_up = 0 }
  fi
}
inline arrived(s) {
#ifdef LIVE
  clear(late[s]) /* else one message could arrive for ever without a tick */
#else
  skip
#endif
}
inline late_message_arrives(s) {
  if
  :: late[s].kind == STATUS ->
    d_step {
      SAY1("|   the late status of %c arrives\n", NAME(late[s].to));
      copy(late[s], m); arrived(s); n = m.to; receive(n); clear(m); n = 0
    }
  :: late[s].kind == LIMIT && !agent[late[s].to].asleep ->
    any_fate(fate_up, agent[late[s].to].cut_up);
    d_step {
      SAY2("|   the late limit %d for %c arrives\n", late[s].value, NAME(late[s].to));
      copy(late[s], m); arrived(s);
#ifdef TTL_FROM_RECEIPT
      m.left = TTL;
#endif
      n = m.to; take_limit(n); step(n); clear(m); n = 0; fate_up = 0
    }
  fi
}
inline forget_late(s) { d_step { clear(late[s]); forget_numbers(0); forget_numbers(1) } }

/* Faults that last begin here and end here. */
inline trouble(i) {
  if
  :: MAY_FAIL && !agent[i].cut_up && !agent[i].cut_down -> faults++;
    if
    :: agent[i].cut_up = 1
    :: agent[i].cut_down = 1
    :: agent[i].cut_up = 1; agent[i].cut_down = 1
    fi;
    SAY3("|   network of %c cut: up %d, down %d\n", NAME(i), agent[i].cut_up, agent[i].cut_down)
  :: agent[i].cut_up || agent[i].cut_down -> agent[i].cut_up = 0; agent[i].cut_down = 0;
    SAY1("|   network of %c is back\n", NAME(i))
  :: MAY_FAIL && !agent[i].asleep -> faults++; agent[i].asleep = 1; SAY1("|   agent %c stalls\n", NAME(i))
  :: agent[i].asleep -> agent[i].asleep = 0; SAY1("|   agent %c goes on\n", NAME(i))
  :: agent[i].asleep -> d_step { agent[i].asleep = 0; restart_agent(i) }
  :: MAY_FAIL && !agent[i].asleep -> d_step { faults++; restart_agent(i) }
  :: MAY_FAIL && !agent[i].deaf -> faults++; agent[i].deaf = 1; SAY1("|   writes to device %c fail\n", NAME(i))
  :: agent[i].deaf -> agent[i].deaf = 0; SAY1("|   writes to device %c succeed again\n", NAME(i))
  :: MAY_FAIL -> faults++; agent[i].nonce++; SAY1("|   agent %c begins a new session\n", NAME(i))
  fi
}

inline tick() {
  d_step {
    let_device_time_pass(0); let_device_time_pass(1); let_agent_time_pass(0); let_agent_time_pass(1);
    let_messages_age();
    let_book_time_pass(0); let_book_time_pass(1); forget_numbers(0); forget_numbers(1);
    SAY2("| tick: A may draw %d, B may draw %d\n", MAY_DRAW(0), MAY_DRAW(1))
  }
}

inline check() {
  d_step {
    if
    :: MAY_DRAW(0) + MAY_DRAW(1) > CAPACITY ->
      SAY2("| OVERLOAD: A may draw %d, B may draw %d\n", MAY_DRAW(0), MAY_DRAW(1));
      assert(false)
    :: else
    fi;
#ifdef REACH_FAILSAFE
    reached = (agent[0].lease == 0 && agent[0].aim == FAILSAFE && agent[0].reg == FAILSAFE);
#endif
#ifdef REACH_RAISE_AFTER_ACK
    reached = (agent[1].reg == MOST);
#endif
    if
    :: reached -> SAY0("| REACHED\n"); assert(false)
    :: else
    fi
  }
}

#ifdef LIVE
/* When all cuts, stalls and failing writes are over for good and B ought to have everything, B gets it. */
#define QUIET(i) (!agent[i].cut_up && !agent[i].cut_down && !agent[i].asleep && !agent[i].deaf)
#define HAS_IT(i, limit) (agent[i].reg == limit)
ltl live {
  (<>[](QUIET(0) && QUIET(1) && share == 0)) -> (<>[](HAS_IT(0, 0) && HAS_IT(1, MOST)))
}
#endif

/* Kept are only the states between two events at the beginning of a tick: what comes after is one atomic sequence. */
active proctype world() {
  d_step { begin() };
  do
  :: atomic { trouble(0) }
  :: atomic { trouble(1) }
  :: atomic {
      MAY_FAIL ->
      d_step { faults++; SAY0("|   the controller starts anew\n"); epoch++; restart_book(0); restart_book(1) }
    }
  :: atomic { late_message_arrives(0); check() }
  :: atomic { late[0].kind != 0 -> forget_late(0) }
#if LATE > 1
  :: atomic { late_message_arrives(1); check() }
  :: atomic { late[1].kind != 0 -> forget_late(1) }
#endif
  :: atomic {
      true; /* else the `else` of agent_runs would count for this whole choice */
      agent_runs(0); check();
      agent_runs(1); check();
      controller_sends(0); check();
      controller_sends(1); check();
      tick(); check();
      if
      :: skip
      :: share != 0 -> share = 0
      :: share != MOST -> share = MOST
      fi
    }
  od
}
