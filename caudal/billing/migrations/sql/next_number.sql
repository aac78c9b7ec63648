-- The highest account number made of digits, found without reading every account.
CREATE INDEX account_number_value ON billing_account ((number::integer)) WHERE number ~ '^[0-9]{1,9}$';
