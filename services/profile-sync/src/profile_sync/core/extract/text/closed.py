"""What may follow a wish that is complete: with anything else after it, it is about something else."""

OF_A_CHANNEL = (
    "(?=(end|please|only|from (now|x? future)|now|instead|rather|and|but|if|i|me|not|no|so|daily|thanks|sir|too|again"
    "|(call|chat|email)? "
    "(contact|contacted|contacting|inform|informed|called|speak|send|service)|hour|part|week|number"
    "|than (?!nothing)|over|by|as|all|easier|on (my|this|part|week)|with (me|you|your)|for "
    "(me|my|all|everything|this|a)"
    "|in (future|tongue|my|a part)|to (me|my|your|x? (call|calls|calling|email|sms))))"
)
"""What may follow a channel that is all they speak of: not "the chat bot", "calls to be free", "a phone in black"."""
FOR_GOOD = (
    "(?!(, )?i (x|will){0,2} (call|contact))(?= (a? (more|again|time)|end|please|ever|thanks|and|but|i|so|no"
    "|not|only|just|email|sms|all (end|please)|from (you|your|now|this|x? call)|with (you|your|a|promo|these|x? "
    "promo)"
    "|for (promo|your|a? service|any)|on (my|this) (number|phone)|by (you|phone|call|email|sms|messaging)))"
)
"""What may follow a channel declined for good: not "call me a liar", "call me today", "text me the code"."""
OF_ALL = (
    "(?=(end|please|and|but|i|again|more|only|just|thanks|so|now|x? future|by (you|your)|to (me|my "
    "(number|phone|email))"
    "|on (my|this) (number|phone)|for (me|now|your|promo|any)|from (you|your|now|this|promo|agent|service|a x "
    "end)|with your))"
)
"""What may follow the ones declined: not "no more calls dropped", "stop the calls from dropping"."""
