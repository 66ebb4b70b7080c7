package status

// Encode is for measuring chunks of other sizes than ours.
var Encode = encode
