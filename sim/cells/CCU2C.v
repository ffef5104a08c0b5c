// Carry cell of ECP5: two table outputs added to a carry.
module CCU2C #(
    parameter [15:0] INIT0 = 0,
    parameter [15:0] INIT1 = 0,
    parameter INJECT1_0 = "NO",  // "YES" is not modelled
    parameter INJECT1_1 = "NO"
) (
    input CIN, A0, B0, C0, D0, A1, B1, C1, D1,
    output S0, S1, COUT
);
  wire propagate0 = INIT0[{D0, C0, B0, A0}];
  wire propagate1 = INIT1[{D1, C1, B1, A1}];
  wire middle = propagate0 ? CIN : INIT0[{2'b00, B0, A0}];

  assign S0 = propagate0 ^ CIN;
  assign S1 = propagate1 ^ middle;
  assign COUT = propagate1 ? middle : INIT1[{2'b00, B1, A1}];

  initial if (INJECT1_0 != "NO" || INJECT1_1 != "NO") $stop;
endmodule
