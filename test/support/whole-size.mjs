// What a test draws is as long as the longest length that it names: without this fast-check stops at ten, whatever is
// named, and a property over eighty happenings sees ten of them.

import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
